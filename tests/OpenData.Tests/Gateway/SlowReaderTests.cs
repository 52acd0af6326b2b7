using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

public sealed class SlowReaderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clients_that_take_nothing_are_dropped_and_the_others_keep_going(bool fast)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fast ? "true" : "false"), ("OpenData:Bandwidth:IdleTimeout", "00:00:02"));
        (string path, byte[] archive) = await host.PublishRandomAsync(40_000_000);
        (_, string key) = await host.AccountAsync("anna");
        List<Socket> stalled = [];
        for (int i = 0; i < 10; i++)
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
            await socket.ConnectAsync(IPAddress.Loopback, host.Url.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\r\n"));
            stalled.Add(socket);
        }
        for (int i = 0; i < 3; i++)
        {
            (await host.Client.GetByteArrayAsync(path)).AsSpan().SequenceEqual(archive).ShouldBeTrue();
        }
        await Eventually.TrueAsync(async () => (await host.JournalAsync()).Count(line => line.Outcome == "idle") == 10, "all ten are dropped");

        // What they were sent can be resumed from.
        using HttpResponseMessage rest = await host.SendAsync(path, key, "GET", ("Range", "bytes=39000000-"));
        (await rest.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(archive.AsSpan(39_000_000)).ShouldBeTrue();
        stalled.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task A_client_that_goes_away_gives_its_place_back_and_is_in_the_journal()
    {
        await using GatewayHost host = await GatewayHost.StartAsync();
        (string path, byte[] archive) = await host.PublishRandomAsync(4_000_000);
        (_, string key) = await host.AccountAsync("slow", "slow");
        HttpResponseMessage running = await host.SendAsync(path, key);
        running.Dispose();
        await Eventually.TrueAsync(async () => (await host.JournalAsync()).Any(line => line.Outcome == "client-gone" && line.Sent < archive.Length), "it is noticed");
        host.Of<OpenData.Server.Gateway.RunningDownloads>().Count.ShouldBe(0);
    }
}
