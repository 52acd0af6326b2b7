using OpenData.Server.Catalog;
using OpenData.Server.S3;
using OpenData.Server.Sources;

namespace OpenData.Tests.Sources;

public sealed class SourceFactoryTests
{
    [Fact]
    public void An_upstream_server_that_is_not_configured_is_asked_for_by_the_settings_name()
    {
        using SourceFactory factory = SourceFactoryFixture.Factory(new SourcesOptions());

        Should.Throw<SourceUnavailableException>(() => factory.For(SourceFactoryFixture.Dataset(SourceKind.Http, "x"))).Message.ShouldContain("OpenData:Sources:Http:Url");
    }

    [Fact]
    public void A_bucket_that_is_not_configured_is_asked_for_by_the_settings_name()
    {
        using SourceFactory factory = SourceFactoryFixture.Factory(new SourcesOptions());

        Should.Throw<SourceUnavailableException>(() => factory.For(SourceFactoryFixture.Dataset(SourceKind.S3, "x"))).Message.ShouldContain("OpenData:Sources:S3");
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc")]
    [InlineData("a//b")]
    public void A_path_that_leaves_the_root_is_refused(string path)
    {
        using SourceFactory factory = SourceFactoryFixture.Factory(new SourcesOptions());

        Should.Throw<SourceUnavailableException>(() => factory.For(SourceFactoryFixture.Dataset(SourceKind.Directory, path)));
    }

    [Fact]
    public void Wrong_settings_are_named_in_full()
    {
        SourcesOptionsCheck check = new();

        check.Validate(null, new SourcesOptions()).Succeeded.ShouldBeTrue();
        check.Validate(null, new SourcesOptions { Root = " " }).FailureMessage.ShouldNotBeNull().ShouldContain("OpenData:Sources:Root");
        check.Validate(null, new SourcesOptions { S3 = new S3Options { Bucket = "b" } }).FailureMessage.ShouldNotBeNull().ShouldContain("OpenData:Sources:S3:ServiceUrl");
    }
}
