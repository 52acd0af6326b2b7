using System.Net;
using OpenData.Server.Outbound;

namespace OpenData.Tests.Outbound;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.8.8")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001:0:7f00:1::")]
    [InlineData("fe80::1")]
    [InlineData("fd00::1")]
    [InlineData("ff02::1")]
    public void What_is_not_public_is_refused(string address) => new AddressGuard([]).Allows(IPAddress.Parse(address)).ShouldBeFalse();

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("2a00:1450:4001:80b::200e")]
    [InlineData("::ffff:8.8.8.8")]
    public void What_is_public_is_allowed(string address) => new AddressGuard([]).Allows(IPAddress.Parse(address)).ShouldBeTrue();

    [Fact]
    public void A_setting_allows_a_network_and_no_other()
    {
        AddressGuard.TryParseNetworks("10.0.0.0/8, fd00::/8", out IReadOnlyList<IPNetwork> networks).ShouldBeTrue();
        AddressGuard guard = new(networks);
        guard.Allows(IPAddress.Parse("10.1.1.1")).ShouldBeTrue();
        guard.Allows(IPAddress.Parse("::ffff:10.1.1.1")).ShouldBeTrue();
        guard.Allows(IPAddress.Parse("fd12::1")).ShouldBeTrue();
        guard.Allows(IPAddress.Parse("127.0.0.1")).ShouldBeFalse();
        AddressGuard.TryParseNetworks("10.0.0.0/33", out _).ShouldBeFalse();
        AddressGuard.TryParseNetworks("", out networks).ShouldBeTrue();
        networks.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_address_that_is_connected_to_is_the_one_that_was_judged()
    {
        using HttpMessageInvoker client = new(GuardedHttp.Handler(new AddressGuard([])));
        foreach (string url in new[] { "http://localhost:9/", "http://127.0.0.1:9/", "http://[::1]:9/", "http://[::ffff:127.0.0.1]:9/", "http://2130706433:9/" })
        {
            HttpRequestException refused = await Should.ThrowAsync<HttpRequestException>(() => client.SendAsync(new HttpRequestMessage(HttpMethod.Get, url), CancellationToken.None));
            refused.InnerException.ShouldBeOfType<AddressRefusedException>(url);
        }
    }
}
