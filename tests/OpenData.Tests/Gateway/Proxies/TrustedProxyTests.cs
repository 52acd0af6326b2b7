using System.Text;
using Microsoft.Extensions.Options;

namespace OpenData.Tests.Gateway.Proxies;

/// <summary>Whose word about the client's address is taken.</summary>
public sealed class TrustedProxyTests
{
    private const string Client = "203.0.113.7";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_trusted_proxys_field_names_the_client_on_both_lanes(bool fastLane) =>
        (await AddressOfAsync(fastLane, "127.0.0.0/8", protocol: false, forwarded: Client)).ShouldBe(Client);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nobody_elses_field_does(bool fastLane) =>
        (await AddressOfAsync(fastLane, "10.0.0.0/8", protocol: false, forwarded: Client)).ShouldBe("127.0.0.1");

    [Fact]
    public async Task Of_a_chain_of_proxies_the_last_that_is_not_trusted_is_the_client() =>
        (await AddressOfAsync(false, "127.0.0.1", protocol: false, forwarded: $"10.9.9.9, {Client}, 127.0.0.1")).ShouldBe(Client);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_trusted_proxys_header_of_the_connection_names_the_client_on_both_lanes(bool fastLane) =>
        (await AddressOfAsync(fastLane, "127.0.0.1", protocol: true, header: $"PROXY TCP4 {Client} 127.0.0.1 4711 80\r\n")).ShouldBe(Client);

    [Fact]
    public async Task With_the_protocol_on_the_field_is_not_believed() =>
        (await AddressOfAsync(false, "127.0.0.1", protocol: true, forwarded: "198.51.100.1", header: $"PROXY TCP4 {Client} 127.0.0.1 4711 80\r\n")).ShouldBe(Client);

    [Fact]
    public async Task A_trusted_proxy_without_a_header_is_not_served_and_told_why()
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:TrustedProxies:0", "127.0.0.1"), ("OpenData:Gateway:ProxyProtocol", "true"));
        (await host.RawAsync("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).ShouldNotContain("HTTP/1.1");
        host.Log.Text.ShouldContain("send-proxy-v2");
    }

    [Fact]
    public async Task A_network_that_is_none_stops_the_start_by_its_name() =>
        (await Should.ThrowAsync<OptionsValidationException>(GatewayHost.StartAsync(("OpenData:Gateway:TrustedProxies:0", "everybody")))).Message.ShouldContain("OpenData:Gateway:TrustedProxies has 'everybody'");

    private static async Task<string> AddressOfAsync(bool fastLane, string trusted, bool protocol, string? forwarded = null, string header = "")
    {
        await using GatewayHost host = await GatewayHost.StartAsync(
            ("OpenData:Gateway:TrustedProxies:0", trusted),
            ("OpenData:Gateway:ProxyProtocol", protocol ? "true" : "false"),
            ("OpenData:Gateway:FastLane", fastLane ? "true" : "false"));
        (string path, byte[] archive) = await host.PublishRandomAsync(10_000);
        string field = forwarded is null ? "" : $"X-Forwarded-For: {forwarded}\r\n";
        string answer = await host.RawAsync($"{header}GET {path} HTTP/1.1\r\nHost: localhost\r\n{field}Connection: close\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 200");
        answer.ShouldEndWith(Encoding.Latin1.GetString(archive));
        await host.StopAsync();
        return (await host.JournalAsync()).ShouldHaveSingleItem().Address;
    }
}
