using System.Net;
using OpenData.Server.Accounts;

namespace OpenData.Tests.Accounts;

public sealed class AccountKeyTests
{
    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("::ffff:203.0.113.9", "203.0.113.9")]
    [InlineData("2001:db8:0:7:aaaa:bbbb:cccc:dddd", "2001:db8:0:7::/64")]
    [InlineData("2001:db8::1", "2001:db8::/64")]
    [InlineData("::1", "::/64")]
    [InlineData("fe80::1%3", "fe80::/64")]
    public void A_client_without_an_account_is_its_address_or_its_network(string address, string text) =>
        AccountKey.OfAddress(IPAddress.Parse(address)).ToString().ShouldBe(text);

    [Fact]
    public void One_subscriber_has_one_key_and_another_has_another()
    {
        AccountKey key = AccountKey.OfAddress(IPAddress.Parse("2001:db8:0:7::1"));
        key.ShouldBe(AccountKey.OfAddress(IPAddress.Parse("2001:db8:0:7:ffff::2")));
        key.GetHashCode().ShouldBe(AccountKey.OfAddress(IPAddress.Parse("2001:db8:0:7:ffff::2")).GetHashCode());
        key.ShouldNotBe(AccountKey.OfAddress(IPAddress.Parse("2001:db8:0:8::1")));
        AccountKey.OfAddress(IPAddress.Parse("203.0.113.9")).ShouldBe(AccountKey.OfAddress(IPAddress.Parse("::ffff:203.0.113.9")));
        AccountKey.OfAddress(IPAddress.Parse("0.0.0.1")).ShouldNotBe(AccountKey.OfAddress(IPAddress.Parse("0:0:0:1::")));
        AccountKey.OfAccount("a").ShouldBe(AccountKey.OfAccount("a"));
        AccountKey.OfAccount("a").ShouldNotBe(AccountKey.OfAccount("b"));
        AccountKey.OfAccount("a").AccountId.ShouldBe("a");
        default(AccountKey).ShouldNotBe(AccountKey.OfAddress(IPAddress.Any));
    }
}
