using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace OpenData.Tests.Support;

/// <summary>A real mail server (aiosmtpd, <c>tests/servers/smtp.py</c>) on loopback, which asks for a password and keeps what it gets.</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    /// <summary>Where it listens.</summary>
    public int Port { get; private set; }

    /// <summary>The settings of who sends by it.</summary>
    public string[] Settings(bool tls = false, string password = "secret") =>
    [
        "OpenData:Mail:Host=127.0.0.1", $"OpenData:Mail:Port={Port}", "OpenData:Mail:From=IP Basic Data <data@office.example>", "OpenData:Mail:User=office", $"OpenData:Mail:Password={password}",
        $"OpenData:Mail:Tls={tls}",
    ];

    /// <summary>The file of its certificate, for who is to trust it.</summary>
    public string Certificate => _folder["certificate.pem"];

    /// <param name="tls">Whether it offers STARTTLS, with a certificate that nobody trusts who was not told to.</param>
    public static async Task<SmtpServer> StartAsync(bool tls = false)
    {
        SmtpServer server = new();
        Directory.CreateDirectory(server._folder["mail"]);
        string scripts = Environment.GetEnvironmentVariable("OPENDATA_TEST_SERVERS") ?? throw new InvalidOperationException("OPENDATA_TEST_SERVERS is not set but servers are required: see tests/servers.sh");
        List<string> arguments = [Path.Combine(scripts, "smtp.py"), server._folder["mail"]];
        if (tls)
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest request = new("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
            SubjectAlternativeNameBuilder names = new();
            names.AddIpAddress(System.Net.IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true)); // it vouches for itself
            using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
            await File.WriteAllTextAsync(server.Certificate, certificate.ExportCertificatePem());
            await File.WriteAllTextAsync(server._folder["key.pem"], key.ExportPkcs8PrivateKeyPem());
            arguments.AddRange([server.Certificate, server._folder["key.pem"]]);
        }
        // Debian's own interpreter: the package is its.
        server._process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        server.Port = int.Parse(await server._process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("tests/servers/smtp.py did not start: is python3-aiosmtpd there?"), System.Globalization.CultureInfo.InvariantCulture);
        return server;
    }

    /// <summary>The mails so far, each with its headers and its text decoded.</summary>
    public IReadOnlyList<(string Headers, string Text)> Mails() => [.. Directory.GetFiles(_folder["mail"], "*.eml").Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>Waits for the mail of this number, from 0.</summary>
    public async Task<(string Headers, string Text)> MailAsync(int number)
    {
        await Eventually.TrueAsync(() => Task.FromResult(Mails().Count > number), $"there are {number + 1} mails", TimeSpan.FromSeconds(60));
        return Mails()[number];
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            try
            {
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It is gone already.
            }
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(10));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
            _process.Dispose();
        }
        _folder.Dispose();
    }

    private static (string Headers, string Text) Read(string file)
    {
        string mail = File.ReadAllText(file).ReplaceLineEndings("\n");
        int end = mail.IndexOf("\n\n", StringComparison.Ordinal);
        string headers = mail[..end];
        return (headers, headers.Contains("base64", StringComparison.OrdinalIgnoreCase) ? Encoding.UTF8.GetString(Convert.FromBase64String(mail[end..])) : mail[end..]);
    }
}

/// <summary>A test that needs the mail server; skipped where the tests' servers are not told of, unless they are required.</summary>
public sealed class SmtpFactAttribute : FactAttribute
{
    public SmtpFactAttribute() => Skip = Environment.GetEnvironmentVariable("OPENDATA_TEST_SERVERS") is null && !TestServers.Required ? "OPENDATA_TEST_SERVERS is not set: see tests/servers.sh" : null;
}
