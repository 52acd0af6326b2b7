using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd;

/// <summary>What a person reads who got something wrong.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("OpenData:Database:Provider=oracle", "OpenData:Database:Provider")]
    [InlineData("OpenData:Storage:Kind=tape", "OpenData:Storage:Kind")]
    [InlineData("OpenData:Scheduling:Parallel=0", "OpenData:Scheduling:Parallel is 0")]
    [InlineData("OpenData:Scheduling:Paralel=1", "OpenData:Scheduling:Paralel is not a setting")]
    [InlineData("OpenData:Packaging:Engine=magic", "OpenData:Packaging:Engine")]
    [InlineData("OpenData:Bandwidth:LinkRate=fast", "OpenData:Bandwidth:LinkRate")]
    [InlineData("OpenData:Catalog:Folder=/nowhere", "OpenData:Catalog:Folder")]
    public async Task A_wrong_setting_stops_the_start_with_its_name(string setting, string named)
    {
        using TemporaryFolder folder = new();

        (int exitCode, string output) = await ServerProcess.RunAsync(null, "serve", "--data", folder.Path, "--urls", "{url}", "--set", setting);

        exitCode.ShouldBe(1, output);
        output.ShouldContain(named);
        output.ShouldNotContain("   at OpenData.");
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_named_at_start_without_its_password()
    {
        using TemporaryFolder folder = new();

        (int exitCode, string output) = await ServerProcess.RunAsync(
            null, "serve", "--data", folder.Path, "--urls", "{url}",
            "--set", "OpenData:Database:Provider=postgresql", "--set", "OpenData:Database:ConnectionString=Host=127.0.0.1;Port=1;Username=opendata;Password=hush-hush;Database=opendata");

        exitCode.ShouldBe(1, output);
        output.ShouldContain("127.0.0.1:1");
        output.ShouldNotContain("hush-hush");
        output.ShouldNotContain("   at OpenData.");
    }

    [Fact]
    public async Task A_store_that_cannot_be_reached_is_named_at_start_without_its_secret()
    {
        using TemporaryFolder folder = new();

        (int exitCode, string output) = await ServerProcess.RunAsync(
            null, "serve", "--data", folder.Path, "--urls", "{url}",
            "--set", "OpenData:Storage:Kind=s3", "--set", "OpenData:Storage:S3:ServiceUrl=http://127.0.0.1:1", "--set", "OpenData:Storage:S3:Bucket=b",
            "--set", "OpenData:Storage:S3:AccessKey=me", "--set", "OpenData:Storage:S3:SecretKey=hush-hush");

        exitCode.ShouldBe(1, output);
        output.ShouldContain("127.0.0.1:1");
        output.ShouldNotContain("hush-hush");
        output.ShouldNotContain("   at OpenData.");
    }

    [Theory]
    [InlineData("serve", "--roles", "everything")]
    [InlineData("package")]
    [InlineData("frobnicate")]
    [InlineData("serve", "--set", "nonsense")]
    public async Task Wrong_usage_ends_with_2_and_names_the_way_to_help(params string[] arguments)
    {
        (int exitCode, string output) = await ServerProcess.RunAsync(null, arguments);

        exitCode.ShouldBe(2, output);
        output.ShouldContain("--help");
    }
}
