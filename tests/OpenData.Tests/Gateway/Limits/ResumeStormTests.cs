using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Tests.Gateway.FastLane;

namespace OpenData.Tests.Gateway.Limits;

/// <summary>A client on a bad line: it breaks off again and again, tells the server or not, and comes back for the rest.</summary>
public sealed class ResumeStormTests
{
    private const int Breaks = 200;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_breaks_off_two_hundred_times_gets_every_byte_and_is_never_refused_for_its_own_dead_downloads(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 4_000_000);
        (_, string key) = await lane.Host.AccountAsync("anna", "pair"); // two downloads at a time
        PromiseWatch watch = new(ByteRate.FromMegabits(20));
        Random dice = new(20_240_102);
        List<TcpClient> abandoned = [];
        byte[] received = new byte[lane.Archive.Length];
        int reached = 0;
        for (int attempt = 0; reached < received.Length; attempt++)
        {
            // After enough breaks the line holds. Some break, several times in a row, before a byte has come.
            int patience = attempt >= Breaks ? int.MaxValue : reached > 0 && dice.Next(4) == 0 ? 0 : dice.Next(1, 40_000);
            TcpClient client = await lane.ConnectAsync();
            int taken = await TakeAsync(client, lane, key, received.AsMemory(reached), reached, patience, watch);
            reached += taken;
            switch (dice.Next(3))
            {
                case 0:
                    client.Dispose(); // an orderly end
                    break;
                case 1:
                    client.LingerState = new LingerOption(true, 0);
                    client.Dispose(); // a reset
                    break;
                default:
                    abandoned.Add(client); // the server is never told
                    break;
            }
        }
        received.AsSpan().SequenceEqual(lane.Archive).ShouldBeTrue();
        watch.Judge(lane.Host.Of<Pacer>().Pipes().Single(pipe => pipe.Limits.Tier == "pair").Snapshot().Granted);
        watch.Over.ShouldBe(0);
        abandoned.ForEach(client => client.Dispose());
    }

    /// <summary>Asks for the rest of the file and takes at most so many bytes of it.</summary>
    private static async Task<int> TakeAsync(TcpClient client, Lane lane, string key, Memory<byte> rest, int from, int most, PromiseWatch watch)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"GET {lane.Path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n{(from > 0 ? $"Range: bytes={from}-\r\n" : "")}\r\n")),
            patience.Token);
        byte[] head = new byte[4096];
        int filled = 0;
        int end;
        while ((end = head.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            int read = await stream.ReadAsync(head.AsMemory(filled, 1), patience.Token);
            read.ShouldBe(1, "the head ends early");
            filled += read;
        }
        string status = Encoding.ASCII.GetString(head, 9, 3);
        status.ShouldBe(((int)(from > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK)).ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(head, 0, end));
        int taken = 0;
        while (taken < Math.Min(most, rest.Length))
        {
            int read = await stream.ReadAsync(rest[taken..Math.Min(most, rest.Length)], patience.Token);
            read.ShouldBeGreaterThan(0, $"the body ends {rest.Length - taken} bytes early");
            watch.Count(read);
            taken += read;
        }
        return taken;
    }
}
