using System.Buffers;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OpenData.Server.Gateway.Proxies;

namespace OpenData.Tests.Gateway.Proxies;

public sealed class ProxyHeaderTests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];
    private static readonly byte[] Over4 = [.. Signature, 0x21, 0x11, 0, 15, 203, 0, 113, 7, 127, 0, 0, 1, 0x1F, 0x90, 0, 80, 4, 0, 0];
    private static readonly byte[] Over6 = [.. Signature, 0x21, 0x21, 0, 36, .. IPAddress.Parse("2001:db8::7").GetAddressBytes(), .. IPAddress.IPv6Loopback.GetAddressBytes(), 0x1F, 0x90, 0, 80];

    [Fact]
    public void A_client_is_named_by_either_version()
    {
        Read([.. Over4, .. "GET /"u8]).ShouldBe((ProxyHeader.Result.Complete, new IPEndPoint(IPAddress.Parse("203.0.113.7"), 8080), Over4.Length));
        Read([.. Over6, .. "GET /"u8]).ShouldBe((ProxyHeader.Result.Complete, new IPEndPoint(IPAddress.Parse("2001:db8::7"), 8080), Over6.Length));
        Read("PROXY TCP4 203.0.113.7 127.0.0.1 8080 80\r\nGET /"u8.ToArray()).ShouldBe((ProxyHeader.Result.Complete, new IPEndPoint(IPAddress.Parse("203.0.113.7"), 8080), 42));
        Read("PROXY TCP6 2001:db8::7 ::1 8080 80\r\n"u8.ToArray()).Client!.Address.ShouldBe(IPAddress.Parse("2001:db8::7"));
    }

    [Fact]
    public void A_proxy_that_speaks_for_itself_names_nobody()
    {
        Read([.. Signature, 0x20, 0x00, 0, 0]).ShouldBe((ProxyHeader.Result.Complete, null, 16));
        Read("PROXY UNKNOWN\r\n"u8.ToArray()).ShouldBe((ProxyHeader.Result.Complete, null, 15));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("PROXY TCP4 203.0.113.7 127.0.0.1 8080\r\n")]
    [InlineData("PROXY TCP4 nobody 127.0.0.1 8080 80\r\n")]
    [InlineData("PROXY TCP4 203.0.113.7 127.0.0.1 80800 80\r\n")]
    [InlineData("proxy TCP4 203.0.113.7 127.0.0.1 8080 80\r\n")]
    [InlineData("PROXY UNKNOWN                                                                                                          \r\n")]
    public void What_is_no_header_is_wrong(string text) => Read(Encoding.ASCII.GetBytes(text)).Result.ShouldBe(ProxyHeader.Result.Wrong);

    [Fact]
    public void A_header_that_has_not_all_come_is_waited_for_at_every_byte()
    {
        foreach (byte[] header in new[] { Over4, Over6, "PROXY TCP4 203.0.113.7 127.0.0.1 8080 80\r\n"u8.ToArray() })
        {
            for (int length = 0; length < header.Length; length++)
            {
                Read(header[..length]).Result.ShouldBe(ProxyHeader.Result.Incomplete, $"{length} bytes");
            }
        }
    }

    [Fact]
    public void No_bytes_can_break_it() => Prop.ForAll<byte[], bool>((bytes, signed) =>
    {
        (ProxyHeader.Result result, IPEndPoint? client, int length) = Read(signed ? [.. Signature, 0x21, .. bytes] : bytes);
        return result != ProxyHeader.Result.Complete || (length > 0 && length <= bytes.Length + 13 && (client is null || length >= 16));
    }).QuickCheckThrowOnFailure();

    private static (ProxyHeader.Result Result, IPEndPoint? Client, int Length) Read(byte[] bytes)
    {
        ProxyHeader.Result result = ProxyHeader.Read(new ReadOnlySequence<byte>(bytes), out IPEndPoint? client, out int length);
        return (result, client, length);
    }
}
