using System.Net.Sockets;
using System.Text;
using OpenData.Server.Accounts;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway.FastLane;

/// <summary>What happens while a response runs, on each lane.</summary>
public sealed class LaneBehaviourTests
{
    [Theory]
    [InlineData(Way.Fast)]
    [InlineData(Way.Kestrel)]
    [InlineData(Way.Copied)]
    public async Task A_large_file_arrives_whole_at_a_client_that_reads_in_fits_and_starts(Way way)
    {
        await using Lane lane = await Lane.StartAsync(way, 30_000_000);
        using TcpClient client = await lane.ConnectAsync();
        NetworkStream stream = client.GetStream();
        await RequestAsync(stream, lane, null, "Connection: close\r\n");
        using MemoryStream answer = new();
        byte[] buffer = new byte[300_000];
        Random random = new(1);
        for (int read; (read = await stream.ReadAsync(buffer.AsMemory(0, random.Next(1, buffer.Length)))) > 0;)
        {
            answer.Write(buffer, 0, read);
            if (random.Next(20) == 0)
            {
                await Task.Yield();
            }
        }
        Body(answer.ToArray()).SequenceEqual(lane.Archive).ShouldBeTrue();
        (lane.Fast, lane.Sent).ShouldBe(way switch { Way.Fast => (1, 0), Way.Kestrel => (0, 1), _ => (0, 0) });
    }

    [Theory]
    [InlineData(Way.Fast)]
    [InlineData(Way.Kestrel)]
    [InlineData(Way.Copied)]
    public async Task A_client_that_leaves_midway_gives_its_place_back_and_is_in_the_journal(Way way)
    {
        await using Lane lane = await Lane.StartAsync(way, 4_000_000);
        (_, string key) = await lane.Host.AccountAsync("slow", "slow");
        using (TcpClient client = await lane.ConnectAsync())
        {
            NetworkStream stream = client.GetStream();
            await RequestAsync(stream, lane, key);
            await stream.ReadExactlyAsync(new byte[1000]);
            lane.Host.Of<RunningDownloads>().Count.ShouldBe(1);
        }
        await Eventually.TrueAsync(() => Task.FromResult(lane.Host.Of<RunningDownloads>().Count == 0), "its place is free");
        await OutcomeAsync(lane, "client-gone");
    }

    [Theory]
    [InlineData(Way.Fast)]
    [InlineData(Way.Kestrel)]
    [InlineData(Way.Copied)]
    public async Task A_client_that_reads_nothing_is_dropped_after_the_idle_time(Way way)
    {
        await using Lane lane = await Lane.StartAsync(way, 30_000_000, ("OpenData:Bandwidth:IdleTimeout", "00:00:01"));
        using TcpClient client = await lane.ConnectAsync();
        client.ReceiveBufferSize = 4096;
        await RequestAsync(client.GetStream(), lane, null);
        await OutcomeAsync(lane, "idle");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_tier_in_flight_gives_another_rate(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 60_000_000); // two minutes at the slow tier
        (_, string key) = await lane.Host.AccountAsync("slow", "slow");
        using TcpClient client = await lane.ConnectAsync();
        await RequestAsync(client.GetStream(), lane, key, "Connection: close\r\n");
        await client.GetStream().ReadExactlyAsync(new byte[5]);
        await lane.Host.Of<AccountStore>().SetTierAsync("slow", "registered", "test", CancellationToken.None);
        using MemoryStream answer = new();
        await client.GetStream().CopyToAsync(answer, new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        Body(answer.ToArray()).SequenceEqual(lane.Archive).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true, "suspended")]
    [InlineData(false, "suspended")]
    [InlineData(true, "withdrawn")]
    [InlineData(false, "withdrawn")]
    [InlineData(true, "shutdown")]
    [InlineData(false, "shutdown")]
    public async Task What_must_not_go_on_ends_in_flight(bool fast, string reason)
    {
        await using Lane lane = await Lane.StartAsync(fast, 4_000_000);
        (_, string key) = await lane.Host.AccountAsync("slow", "slow");
        using TcpClient client = await lane.ConnectAsync();
        await RequestAsync(client.GetStream(), lane, key);
        await client.GetStream().ReadExactlyAsync(new byte[1000]);
        switch (reason)
        {
            case "suspended":
                await lane.Host.Of<AccountStore>().SetStateAsync("slow", AccountState.Suspended, "test", CancellationToken.None);
                break;
            case "withdrawn":
                await lane.Host.Of<Withdrawals>().WithdrawAsync(GatewayHost.Release(), "a mistake", CancellationToken.None);
                break;
            default:
                lane.Host.Of<RunningDownloads>().EndAll();
                break;
        }
        (await RestAsync(client)).ShouldBeLessThan(lane.Archive.Length - 1000);
        await OutcomeAsync(lane, reason);
    }

    [Theory]
    [InlineData(Way.Fast)]
    [InlineData(Way.Kestrel)]
    [InlineData(Way.Copied)]
    public async Task A_damaged_block_ends_the_connection_before_any_byte_of_it(Way way)
    {
        await using Lane lane = await Lane.StartAsync(way, 3_500_000);
        byte[] damaged = [.. lane.Archive];
        damaged[2_500_000] ^= 1;
        await File.WriteAllBytesAsync(lane.Host.StoredAt(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1)), damaged);
        byte[] answer = await lane.SendAsync("GET PATH HTTP/1.1\r\nHost: a\r\n\r\n");
        Body(answer).Length.ShouldBeLessThanOrEqualTo(2 << 20);
        await OutcomeAsync(lane, "source-failed");
        Encoding.Latin1.GetString(await lane.SendAsync("GET PATH HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).ShouldStartWith("HTTP/1.1 503");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_is_damaged_at_its_beginning_is_told_with_a_problem(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast);
        byte[] damaged = [.. lane.Archive];
        damaged[5] ^= 1;
        await File.WriteAllBytesAsync(lane.Host.StoredAt(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1)), damaged);
        string answer = Encoding.Latin1.GetString(await lane.SendAsync("GET PATH HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        answer.ShouldStartWith("HTTP/1.1 503");
        answer.ShouldContain("are not what was published");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task More_downloads_than_the_tier_has_are_refused(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 4_000_000, ("OpenData:Bandwidth:PlaceWait", "00:00:00"));
        (string other, _) = await lane.Host.PublishRandomAsync(10_000, GatewayHost.Release(edition: "20240109"));
        (_, string key) = await lane.Host.AccountAsync("slow", "slow");
        using TcpClient one = await lane.ConnectAsync();
        using TcpClient two = await lane.ConnectAsync();
        await RequestAsync(one.GetStream(), lane, key, "Range: bytes=0-1999999\r\n");
        await RequestAsync(two.GetStream(), lane, key, "Range: bytes=2000000-\r\n");
        await one.GetStream().ReadExactlyAsync(new byte[10]);
        await two.GetStream().ReadExactlyAsync(new byte[10]);
        string answer = Encoding.Latin1.GetString(await lane.SendAsync($"GET {other} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"));
        answer.ShouldStartWith("HTTP/1.1 429");
        answer.ShouldContain("has 2 downloads at a time");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wrong_credentials_count_once(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 10_000, ("OpenData:Accounts:Failures", "3"));
        List<string> statuses = [];
        for (int i = 0; i < 4; i++)
        {
            byte[] answer = await lane.SendAsync("GET PATH HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer nonsense\r\nConnection: close\r\n\r\n");
            statuses.Add(Encoding.Latin1.GetString(answer, 9, 3));
        }
        statuses.Count(status => status == "401").ShouldBeGreaterThanOrEqualTo(2);
        statuses[^1].ShouldBe("429");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_idle_connection_does_not_keep_the_server_from_stopping(bool fast)
    {
        Lane lane = await Lane.StartAsync(fast, 10_000);
        using TcpClient client = await lane.ConnectAsync();
        await RequestAsync(client.GetStream(), lane, null, "Range: bytes=0-0\r\n");
        await client.GetStream().ReadExactlyAsync(new byte[10]);
        await lane.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_resumed_download_takes_the_place_of_the_dead_one(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 4_000_000);
        (_, string key) = await lane.Host.AccountAsync("slow", "slow");
        using TcpClient dead = await lane.ConnectAsync();
        using TcpClient other = await lane.ConnectAsync();
        await RequestAsync(dead.GetStream(), lane, key);
        await RequestAsync(other.GetStream(), lane, key, "Range: bytes=2000000-\r\n");
        await dead.GetStream().ReadExactlyAsync(new byte[20_000]);
        await other.GetStream().ReadExactlyAsync(new byte[10]);

        using TcpClient again = await lane.ConnectAsync();
        await RequestAsync(again.GetStream(), lane, key, "Range: bytes=5000-\r\n");
        byte[] head = new byte[12];
        await again.GetStream().ReadExactlyAsync(head);
        Encoding.ASCII.GetString(head).ShouldBe("HTTP/1.1 206");
        await OutcomeAsync(lane, "resumed");
        (await RestAsync(dead)).ShouldBeLessThan(lane.Archive.Length - 20_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_signed_link_is_served_to_whoever_has_it_and_a_forged_one_counts_as_one_failure(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 10_000, ("OpenData:Accounts:Failures", "3"));
        (string path, byte[] archive) = await lane.Host.PublishRandomAsync(20_000, GatewayHost.Release(GatewayHost.Registered));
        (_, string key) = await lane.Host.AccountAsync("anna");
        using HttpResponseMessage made = await lane.Host.Client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/v1/links")
        {
            Headers = { Authorization = new("Bearer", key) },
            Content = new StringContent($"{{\"path\":\"{path}\"}}", Encoding.UTF8, "application/json"),
        });
        string link = System.Text.Json.JsonDocument.Parse(await made.Content.ReadAsStringAsync()).RootElement.GetProperty("url").GetString()!;
        link = link[link.IndexOf("/files/", StringComparison.Ordinal)..];
        long before = lane.Fast;
        Body(await lane.SendAsync($"GET {link} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).ShouldBe(archive);
        Body(await lane.SendAsync($"GET {link} HTTP/1.1\r\nHost: a\r\nRange: bytes=5-9\r\nConnection: close\r\n\r\n")).ShouldBe(archive[5..10]);
        (lane.Fast - before).ShouldBe(fast ? 2 : 0);

        string forged = link[..^1] + (link[^1] == 'A' ? 'E' : 'A');
        List<string> statuses = [];
        for (int i = 0; i < 4; i++)
        {
            statuses.Add(Encoding.Latin1.GetString(await lane.SendAsync($"GET {forged} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), 9, 3));
        }
        statuses.Count(status => status is "401" or "403").ShouldBeGreaterThanOrEqualTo(2);
        statuses[^1].ShouldBe("429");
    }

    [Fact]
    public async Task A_head_that_never_ends_is_given_up_by_either_lane()
    {
        await using Lane fast = await Lane.StartAsync(fast: true);
        await using Lane slow = await Lane.StartAsync(fast: false);
        byte[][] answers = await Task.WhenAll(new[] { fast, slow }.Select(async lane =>
        {
            using TcpClient client = await lane.ConnectAsync();
            // After a first request, so that both waits are seen: for its head's rest, and for the next one's.
            await RequestAsync(client.GetStream(), lane, null, "Range: bytes=0-0\r\n");
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {lane.Path} HTTP/1.1\r\nHost: a\r\nAccept: "));
            using MemoryStream answer = new();
            await client.GetStream().CopyToAsync(answer, new CancellationTokenSource(TimeSpan.FromSeconds(40)).Token);
            return answer.ToArray();
        }));
        answers.ShouldAllBe(answer => Encoding.Latin1.GetString(answer).Contains("HTTP/1.1 408", StringComparison.Ordinal));
        fast.Fast.ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connections_beyond_the_node_s_limit_are_closed_whatever_they_do(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 10_000, ("OpenData:Gateway:MaxConnections", "100"));
        List<TcpClient> open = [];
        for (int i = 0; i < 100; i++)
        {
            TcpClient client = await lane.ConnectAsync();
            await RequestAsync(client.GetStream(), lane, null, "Range: bytes=0-0\r\n");
            await client.GetStream().ReadExactlyAsync(new byte[10]);
            open.Add(client);
        }
        using (TcpClient beyond = await lane.ConnectAsync())
        {
            (await RestAsync(beyond)).ShouldBe(0);
        }
        open.ForEach(client => client.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_pipelined_behind_an_unread_download_stays_in_the_client_s_own_buffers(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 30_000_000);
        using TcpClient client = await lane.ConnectAsync();
        client.ReceiveBufferSize = 4096;
        await RequestAsync(client.GetStream(), lane, null);
        byte[] flood = new byte[64 * 1024];
        flood.AsSpan().Fill((byte)'a');
        using CancellationTokenSource full = new(TimeSpan.FromSeconds(2));
        long taken = 0;
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            for (; taken < 64 << 20; taken += flood.Length)
            {
                await client.GetStream().WriteAsync(flood, full.Token);
            }
        });
        taken.ShouldBeLessThan(32 << 20); // the kernel's two buffers, and 64 KB here
    }

    private static async Task RequestAsync(NetworkStream stream, Lane lane, string? key, string fields = "") =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {lane.Path} HTTP/1.1\r\nHost: a\r\n{(key is null ? "" : $"Authorization: Bearer {key}\r\n")}{fields}\r\n"));

    private static byte[] Body(byte[] answer) => answer[(answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4)..];

    private static async Task<long> RestAsync(TcpClient client)
    {
        long rest = 0;
        byte[] buffer = new byte[64 * 1024];
        try
        {
            for (int read; (read = await client.GetStream().ReadAsync(buffer, new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token)) > 0;)
            {
                rest += read;
            }
        }
        catch (IOException)
        {
            // reset: it ended
        }
        return rest;
    }

    private static async Task OutcomeAsync(Lane lane, string outcome) => await Eventually.TrueAsync(
        async () =>
        {
            await using System.Data.Common.DbConnection connection = await lane.Host.Of<OpenData.Server.Database.SqlDatabase>().OpenAsync(CancellationToken.None);
            return (await Dapper.SqlMapper.QueryAsync<string>(connection, "SELECT outcome FROM downloads")).Contains(outcome);
        },
        $"the journal says {outcome}");
}
