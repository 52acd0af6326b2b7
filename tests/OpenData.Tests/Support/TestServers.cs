namespace OpenData.Tests.Support;

/// <summary>The real servers that tests talk to, as <c>tests/servers.sh env</c> names them.</summary>
internal static class TestServers
{
    public static string? Postgres => Setting("OPENDATA_TEST_POSTGRES");

    public static string? S3 => Setting("OPENDATA_TEST_S3");

    public static string S3AccessKey => Setting("OPENDATA_TEST_S3_ACCESS_KEY") ?? "";

    public static string S3SecretKey => Setting("OPENDATA_TEST_S3_SECRET_KEY") ?? "";

    /// <summary>True where nothing may be skipped.</summary>
    public static bool Required => Setting("OPENDATA_TEST_REQUIRED") == "1";

    public static string? NoPostgres => WhyToSkip(Postgres, "OPENDATA_TEST_POSTGRES");

    public static string? NoCeph => WhyToSkip(S3, "OPENDATA_TEST_S3");

    /// <summary>Where servers are required, a missing one is not skipped: the fixture fails the test.</summary>
    private static string? WhyToSkip(string? server, string name) =>
        server is null && !Required ? $"{name} is not set: see tests/servers.sh" : null;

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
