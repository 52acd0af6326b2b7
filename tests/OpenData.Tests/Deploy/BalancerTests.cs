using System.Diagnostics;
using System.Text.RegularExpressions;
using OpenData.Tests.Gateway;
using OpenData.Tests.Support;

namespace OpenData.Tests.Deploy;

/// <summary>The balancers' files of <c>deploy</c>, with only addresses and certificate changed, in front of a gateway: Debian's programs take them, and the gateway knows whom it serves.</summary>
public sealed class BalancerTests : IDisposable
{
    /// <summary>An address of this machine that is neither the balancer's nor the gateway's.</summary>
    private const string Client = "127.0.0.9";

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _started = [];

    public void Dispose()
    {
        foreach (Process process in _started)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }
            process.Dispose();
        }
        _folder.Dispose();
    }

    [Fact]
    public async Task HAProxys_file_serves_HTTP_2_over_TLS_and_tells_the_clients_address_by_the_PROXY_protocol()
    {
        await using GatewayHost gateway = await StartAsync(protocol: true);
        (int http, int https) = (FreePort.Next(), FreePort.Next());
        string file = Write("haproxy.cfg", Local(DeployFolder.Read("haproxy/haproxy.cfg"), gateway)
            .Replace("maxconn 40000", "maxconn 500", StringComparison.Ordinal) // it refuses to start without twice as many descriptors
            .Replace("bind :80\n", $"bind 127.0.0.1:{http}\n", StringComparison.Ordinal)
            .Replace("bind :443 ssl crt /etc/haproxy/data.example.org.pem", $"bind 127.0.0.1:{https} ssl crt {await CertificateAsync()}", StringComparison.Ordinal));
        await Tool.SucceedAsync(_folder.Path, "haproxy", "-c", "-f", file);
        Process balancer = Start("haproxy", "-db", "-f", file);
        await DownloadAsync(gateway, balancer, https, "2");
        (await CurlAsync("-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", $"http://127.0.0.1:{http}/files/")).ShouldStartWith("302 https://");
    }

    [Fact]
    public async Task Nginxs_file_serves_HTTP_2_over_TLS_and_tells_the_clients_address_in_a_field()
    {
        await using GatewayHost gateway = await StartAsync(protocol: false);
        (int http, int https) = (FreePort.Next(), FreePort.Next());
        string temporary = string.Concat(((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(kind => $"    {kind}_temp_path {_folder.Path};\n"));
        string file = Write("nginx.conf", Local(DeployFolder.Read("nginx/nginx.conf"), gateway)
            .Replace("listen 80;", $"listen 127.0.0.1:{http};", StringComparison.Ordinal)
            .Replace("listen 443 ssl", $"listen 127.0.0.1:{https} ssl", StringComparison.Ordinal)
            .Replace("/etc/nginx/data.example.org.pem", await CertificateAsync(), StringComparison.Ordinal)
            .Replace("http {\n", "http {\n" + temporary, StringComparison.Ordinal));
        string[] arguments = ["-e", "stderr", "-p", _folder.Path, "-c", file, "-g", $"daemon off; pid {_folder["nginx.pid"]};"];
        await Tool.SucceedAsync(_folder.Path, "nginx", ["-t", .. arguments]);
        Process balancer = Start("nginx", arguments);
        await DownloadAsync(gateway, balancer, https, "2");
        (await CurlAsync("-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", $"http://127.0.0.1:{http}/files/")).ShouldStartWith("301 https://");
    }

    [Fact]
    public async Task Nginxs_file_for_connections_serves_TLS_and_tells_the_clients_address_by_the_PROXY_protocol()
    {
        await using GatewayHost gateway = await StartAsync(protocol: true);
        int https = FreePort.Next();
        string file = Write("stream.conf", Local(DeployFolder.Read("nginx/stream.conf"), gateway)
            .Replace("listen 443 ssl", $"listen 127.0.0.1:{https} ssl", StringComparison.Ordinal)
            .Replace("/etc/nginx/data.example.org.pem", await CertificateAsync(), StringComparison.Ordinal)
            .Replace("modules/ngx_stream_module.so", "/usr/lib/nginx/modules/ngx_stream_module.so", StringComparison.Ordinal));
        string[] arguments = ["-e", "stderr", "-p", _folder.Path, "-c", file, "-g", $"daemon off; pid {_folder["nginx.pid"]};"];
        await Tool.SucceedAsync(_folder.Path, "nginx", ["-t", .. arguments]);
        Process balancer = Start("nginx", arguments);
        await DownloadAsync(gateway, balancer, https, "1.1", filtersMetrics: false);
    }

    private static Task<GatewayHost> StartAsync(bool protocol) => GatewayHost.StartAsync(
        ("OpenData:Gateway:TrustedProxies:0", "127.0.0.1"), ("OpenData:Gateway:ProxyProtocol", protocol ? "true" : "false"), ("OpenData:Gateway:PublicUrl", "https://data.example.org/"));

    /// <summary>The one gateway that there is in the place of the three of the file.</summary>
    private static string Local(string text, GatewayHost gateway)
    {
        string one = text.Replace("192.0.2.11:8080", gateway.Url.Authority, StringComparison.Ordinal);
        return Regex.Replace(one, "^.*192\\.0\\.2\\..*\n", "", RegexOptions.Multiline, TimeSpan.FromSeconds(5));
    }

    /// <summary>A download through the balancer, by a client that claims another address: whole, in this version of HTTP, and the gateway's journal has the address that it came from.</summary>
    private async Task DownloadAsync(GatewayHost gateway, Process balancer, int https, string version, bool filtersMetrics = true)
    {
        (string path, byte[] archive) = await gateway.PublishRandomAsync(3_000_000);
        string root = $"https://data.example.org:{https}";
        await Eventually.TrueAsync(
            async () => balancer.HasExited ? throw new InvalidOperationException("The balancer has ended.") : (await CurlAsync("-o", "/dev/null", "-w", "%{http_code}", root + "/readyz")) == "200", "the balancer serves", TimeSpan.FromMinutes(1));
        (await CurlAsync("-o", _folder["a.zip"], "-w", "%{http_code} %{http_version}", "-H", "X-Forwarded-For: 203.0.113.7", "--interface", Client, root + path)).ShouldBe($"200 {version}");
        (await File.ReadAllBytesAsync(_folder["a.zip"])).AsSpan().SequenceEqual(archive).ShouldBeTrue();
        if (filtersMetrics)
        {
            (await CurlAsync("-o", "/dev/null", "-w", "%{http_code}", root + "/metrics")).ShouldBe("404");
        }
        await gateway.StopAsync();
        (await gateway.JournalAsync()).ShouldHaveSingleItem().Address.ShouldBe(Client);
        async Task<string> CurlAsync(params string[] arguments) => await this.CurlAsync(["--resolve", $"data.example.org:{https}:127.0.0.1", .. arguments]);
    }

    private async Task<string> CurlAsync(params string[] arguments) => (await Tool.RunAsync(_folder.Path, "curl", ["-sk", "--noproxy", "*", "-m", "30", .. arguments])).Output;

    /// <summary>Certificate and key in one file, as HAProxy wants them and nginx takes them.</summary>
    private async Task<string> CertificateAsync()
    {
        await Tool.SucceedAsync(
            _folder.Path, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=data.example.org",
            "-keyout", _folder["key.pem"], "-out", _folder["certificate.pem"]);
        return Write("both.pem", await File.ReadAllTextAsync(_folder["certificate.pem"]) + await File.ReadAllTextAsync(_folder["key.pem"]));
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder[name], text);
        return _folder[name];
    }

    private Process Start(string program, params string[] arguments)
    {
        Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        _started.Add(process);
        return process;
    }
}
