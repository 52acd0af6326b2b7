using System.Diagnostics;
using System.Globalization;

namespace OpenData.Tests.Support;

/// <summary>A real OpenID Connect provider (Authlib, <c>tests/servers/oidc.py</c>) on loopback.</summary>
internal sealed class OidcServer : IDisposable
{
    private readonly Process _process;

    private OidcServer(Process process, int port) => (_process, Url) = (process, $"http://127.0.0.1:{port}");

    /// <summary>Its issuer.</summary>
    public string Url { get; }

    /// <summary>The settings of who signs in by it.</summary>
    public string[] Settings =>
    [
        $"OpenData:Accounts:Oidc:Authority={Url}", "OpenData:Accounts:Oidc:ClientId=opendata", "OpenData:Accounts:Oidc:ClientSecret=secret-of-the-office",
        "OpenData:Accounts:Oidc:Name:En=Office login", "OpenData:Accounts:Oidc:Name:Zh=机关统一登录",
    ];

    public static async Task<OidcServer> StartAsync()
    {
        string scripts = Environment.GetEnvironmentVariable("OPENDATA_TEST_SERVERS") ?? throw new InvalidOperationException("OPENDATA_TEST_SERVERS is not set but servers are required: see tests/servers.sh");
        // Debian's own interpreter: the package is its.
        Process process = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(scripts, "oidc.py")]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        string port = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("tests/servers/oidc.py did not start: are python3-authlib and python3-flask there?");
        return new OidcServer(process, int.Parse(port, CultureInfo.InvariantCulture));
    }

    /// <summary>It is gone, and nobody listens there.</summary>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}

/// <summary>A test that needs the provider; skipped where the tests' servers are not told of, unless they are required.</summary>
public sealed class OidcFactAttribute : FactAttribute
{
    public OidcFactAttribute() => Skip = Environment.GetEnvironmentVariable("OPENDATA_TEST_SERVERS") is null && !TestServers.Required ? "OPENDATA_TEST_SERVERS is not set: see tests/servers.sh" : null;
}
