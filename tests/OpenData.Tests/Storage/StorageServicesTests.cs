using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Storage;

public sealed class StorageServicesTests
{
    private static ServiceProvider Services(params (string Name, string Value)[] settings) => new ServiceCollection()
        .AddLogging()
        .AddSingleton(TimeProvider.System)
        .AddStorage(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("OpenData:Storage:" + s.Name, (string?)s.Value))).Build())
        .BuildServiceProvider();

    [Fact]
    public async Task A_folder_is_used_by_default()
    {
        using TemporaryFolder folder = new();
        await using ServiceProvider services = Services(("Path", folder["storage"]));

        services.GetRequiredService<BlobStore>().ShouldBeOfType<FileBlobStore>().Place.ShouldBe(folder["storage"]);
    }

    [Fact]
    public async Task A_bucket_is_used_where_the_settings_say_so()
    {
        await using ServiceProvider services = Services(
            ("Kind", "s3"), ("S3:ServiceUrl", "https://s3.example.org/"), ("S3:Bucket", "open"), ("S3:AccessKey", "a"), ("S3:SecretKey", "s"),
            ("S3:ReadIdleTimeout", "00:00:05"), ("S3:PartSize", "16777216"));

        services.GetRequiredService<BlobStore>().ShouldBeOfType<S3BlobStore>().Place.ShouldBe("https://s3.example.org/open");
        services.GetRequiredService<IOptions<StorageOptions>>().Value.S3.ReadIdleTimeout.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("Path", " ", "file")]
    [InlineData("S3:ServiceUrl", "ftp://x", "s3")]
    [InlineData("S3:ServiceUrl", "https://user:secret@x", "s3")]
    [InlineData("S3:Bucket", "", "s3")]
    [InlineData("S3:AccessKey", "", "s3")]
    [InlineData("S3:SecretKey", "", "s3")]
    [InlineData("S3:PartSize", "1000", "s3")]
    [InlineData("S3:Retries", "-1", "s3")]
    [InlineData("S3:ReadIdleTimeout", "00:00:00", "s3")]
    [InlineData("S3:RequestTimeout", "2.00:00:00", "s3")]
    [InlineData("S3:RetryDelay", "1.00:00:00", "s3")]
    public async Task A_wrong_setting_stops_the_start_with_its_name_and_no_secret(string name, string value, string kind)
    {
        Dictionary<string, string> settings = new()
        {
            ["Kind"] = kind, ["S3:ServiceUrl"] = "https://s3.example.org", ["S3:Bucket"] = "open", ["S3:AccessKey"] = "a", ["S3:SecretKey"] = "hidden",
        };
        settings[name] = value;
        await using ServiceProvider services = Services([.. settings.Select(s => (s.Key, s.Value))]);

        OptionsValidationException error = Should.Throw<OptionsValidationException>(() => services.GetRequiredService<IStartupValidator>().Validate());
        error.Failures.ShouldHaveSingleItem().ShouldContain("OpenData:Storage:" + name);
        error.Message.ShouldNotContain("hidden");
    }
}
