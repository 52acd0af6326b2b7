using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Feeds.Webhooks;
using OpenData.Server.Releases;
using OpenData.Tests.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway.FastLane;

/// <summary>The change feed on the fast lane: what a client can see of it is what Kestrel would have sent, and who waits is woken, or leaves, as there.</summary>
public sealed partial class LaneFeedTests(LaneFeedTests.ServerWithChanges server) : IClassFixture<LaneFeedTests.ServerWithChanges>
{
    private const string Close = "Host: a\r\nConnection: close\r\n\r\n";

    // A field that the fast lane does not know: the request is Kestrel's.
    private const string ByKestrel = "X-Unknown: a\r\n";

    /// <summary>Requests that the fast lane answers itself. HEAD is the newest serial.</summary>
    public static TheoryData<string> Plain => new(
        $"GET /api/v1/changes HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after=0 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?limit=2&after=1 HTTP/1.1\r\nUser-Agent: mirror\r\nAccept-Encoding: gzip, br\r\n{Close}",
        $"GET /api/v1/changes?after=00000000000000000000003&limit=1000 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?limit=1000&wait=60 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after=HEAD HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after=HEAD&wait=1 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after=9223372036854775807&wait=0 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?limit=3 HTTP/1.1\r\nIf-None-Match: \"x\", *\r\n{Close}",
        $"GET /api/v1/changes?limit=3 HTTP/1.1\r\nIf-None-Match: *\r\n{Close}",
        $"GET /api/v1/changes?limit=3 HTTP/1.1\r\nIf-None-Match: W/\"x\"\r\n{Close}",
        $"GET /api/v1/changes?limit=3 HTTP/1.1\r\nWant-Content-Digest: sha-256=3\r\n{Close}",
        $"GET /api/v1/changes?limit=3 HTTP/1.1\r\nWant-Content-Digest: sha-256=0\r\nWant-Repr-Digest: sha-256=1\r\n{Close}",
        $"GET /api/v1/changes?limit=3 HTTP/1.1\r\nRange: bytes=0-1\r\nIf-Match: \"x\"\r\nIf-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n{Close}",
        $"GET /api/v1/changes?limit=3 HTTP/1.1\r\nAuthorization: Bearer nonsense\r\n{Close}",
        $"GET /api/v1/changes/head HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes/head HTTP/1.1\r\nIf-None-Match: *\r\n{Close}");

    /// <summary>Requests that it leaves alone.</summary>
    public static TheoryData<string> Odd => new(
        $"HEAD /api/v1/changes HTTP/1.1\r\n{Close}",
        $"POST /api/v1/changes HTTP/1.1\r\nContent-Length: 0\r\n{Close}",
        $"GET /api/v1/changes? HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after= HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after=-1 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after=x HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after=9223372036854775808 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?limit=0 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?limit=1001 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?wait=61 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after=1&after=2 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after=1& HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?&after=1 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?AFTER=1 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?after=%31 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes?x=1 HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes/ HTTP/1.1\r\n{Close}",
        $"GET /API/v1/changes HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes/head?x=1 HTTP/1.1\r\n{Close}",
        $"HEAD /api/v1/changes/head HTTP/1.1\r\n{Close}",
        $"GET /api/v1/changes HTTP/1.1\r\nCookie: a=b\r\n{Close}",
        $"GET /api/v1/changes HTTP/1.1\r\nIf-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\n{Close}",
        $"GET /api/v1/changes HTTP/1.0\r\n{Close}");

    [Theory]
    [MemberData(nameof(Plain))]
    public async Task A_plain_request_for_the_feed_is_answered_the_same(string request)
    {
        long before = server.Lane.Fast;
        string fast = await AnswerAsync(request);
        server.Lane.Fast.ShouldBe(before + 1, "the fast lane answered");
        fast.ShouldBe(await AnswerAsync(request.Replace(Close, ByKestrel + Close, StringComparison.Ordinal)));
        server.Lane.Fast.ShouldBe(before + 1, "Kestrel answered");
    }

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task An_odd_request_for_the_feed_is_left_to_Kestrel(string request)
    {
        long before = server.Lane.Fast;
        (await AnswerAsync(request)).ShouldBe(await AnswerAsync(request.Replace(Close, ByKestrel + Close, StringComparison.Ordinal)));
        server.Lane.Fast.ShouldBe(before);
    }

    [Fact]
    public async Task A_page_that_the_client_has_is_not_sent_again()
    {
        string tag = Tag().Match(Encoding.Latin1.GetString(await server.Lane.SendAsync($"GET /api/v1/changes?limit=3 HTTP/1.1\r\n{Close}"))).Groups["tag"].Value;
        string request = $"GET /api/v1/changes?limit=3 HTTP/1.1\r\nIf-None-Match: {tag}\r\n{Close}";
        string fast = await AnswerAsync(request);
        fast.ShouldStartWith("HTTP/1.1 304");
        fast.ShouldBe(await AnswerAsync(request.Replace(Close, ByKestrel + Close, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Requests_in_a_row_are_answered_in_a_row_whoever_answers_them()
    {
        string row = $"GET /api/v1/changes?limit=1 HTTP/1.1\r\nHost: a\r\n\r\nGET /api/v1/changes/head HTTP/1.1\r\nHost: a\r\n\r\n"
            + $"GET /api/v1/changes?after=HEAD&wait=1 HTTP/1.1\r\nHost: a\r\n\r\nGET /api/v1/nothing HTTP/1.1\r\nHost: a\r\n\r\nGET /api/v1/changes?limit=1 HTTP/1.1\r\n{Close}";
        long before = server.Lane.Fast;
        string fast = await AnswerAsync(row);
        server.Lane.Fast.ShouldBe(before + 3, "what comes after Kestrel's first answer is Kestrel's");
        fast.ShouldBe(await AnswerAsync(row.Replace("Host: a\r\n", "Host: a\r\n" + ByKestrel, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Bytes_that_were_mutated_are_answered_the_same_by_Kestrel()
    {
        Random random = new(20260102);
        string plain = $"GET /api/v1/changes?after=3&limit=20&wait=0 HTTP/1.1\r\nUser-Agent: curl\r\nIf-None-Match: \"x\"\r\n{Close}";
        await using Lane slow = await Lane.StartAsync(fast: false);
        await server.AppendAsync(slow);
        await Parallel.ForEachAsync(Enumerable.Range(0, 150).Select(_ => Mutated(plain, random)).ToArray(), async (request, _) =>
        {
            string fast = Neutral(Lane.Comparable(await server.Lane.SendAsync(request)));
            fast.ShouldBe(Neutral(Lane.Comparable(await slow.SendAsync(request))), request);
        });

        static string Mutated(string plain, Random random)
        {
            StringBuilder mutated = new(plain);
            int at = random.Next(plain.Length - 4); // the end of the head stays, or both would wait for it
            switch (random.Next(3))
            {
                case 0:
                    mutated[at] = (char)random.Next(256);
                    break;
                case 1:
                    mutated.Remove(at, 1);
                    break;
                default:
                    mutated.Insert(at, "\r\n\t :/%\0\"a0,&=?"[random.Next(15)]);
                    break;
            }
            return mutated.Append("GET / HTTP/1.1\r\n" + Close).ToString();
        }
    }

    [Fact]
    public async Task Who_reads_late_gets_every_byte_of_all_the_pages_that_it_asked_for()
    {
        const int pages = 60;
        string request = "GET /api/v1/changes?limit=1000 HTTP/1.1\r\nHost: a\r\n\r\n";
        byte[] one = await server.Lane.SendAsync(request.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal));
        byte[] body = one[(one.AsSpan().IndexOf("\r\n\r\n"u8) + 4)..];
        body.Length.ShouldBeGreaterThan(85_000);

        using TcpClient client = await server.Lane.ConnectAsync();
        client.ReceiveBufferSize = 128 * 1024; // with what the server's socket holds less than half of them
        long before = server.Lane.Fast;
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(request, pages))));
        await Eventually.TrueAsync(() => Task.FromResult(server.Lane.Fast > before + 1), "it has begun to answer");
        using StreamReader reader = new(client.GetStream(), Encoding.Latin1);
        char[] read = new char[body.Length];
        for (int page = 0; page < pages; page++)
        {
            while (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { Length: > 0 })
            {
                // The fields, which have a time in them.
            }
            (await reader.ReadBlockAsync(read).AsTask().WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(read.Length);
            Encoding.Latin1.GetBytes(read).AsSpan().SequenceEqual(body).ShouldBeTrue();
        }
        server.Lane.Fast.ShouldBe(before + pages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_who_wait_are_told_of_the_change_and_wait_again_on_the_same_connection(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast);
        ChangeFeed feed = lane.Host.Of<ChangeFeed>();
        List<TcpClient> mirrors = [];
        for (int i = 0; i < 40; i++)
        {
            mirrors.Add(await lane.ConnectAsync());
        }
        for (int round = 0; round < 2; round++)
        {
            long head = await feed.HeadAsync(CancellationToken.None);
            await Task.WhenAll(mirrors.Select(mirror => mirror.GetStream().WriteAsync(Request(head, 60)).AsTask()));
            await lane.Host.Of<SqlDatabase>().TellChangedAsync(GatewayHost.Open);
            string[] answers = await Task.WhenAll(mirrors.Select(ReadAsync));
            answers.ShouldAllBe(answer => answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) && answer.Contains($"\"serial\":{head + 1},", StringComparison.Ordinal));
            answers.Select(answer => Lane.Comparable(Encoding.Latin1.GetBytes(answer))).Distinct().ShouldHaveSingleItem();
        }
        lane.Fast.ShouldBe(fast ? 80 : 0);
        mirrors.ForEach(mirror => mirror.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mirror_that_leaves_while_it_waits_gives_its_connection_back(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 10_000, OnlyMirrors, ("OpenData:Gateway:MaxConnections", "100"));
        long head = await lane.Host.Of<ChangeFeed>().HeadAsync(CancellationToken.None);
        List<TcpClient> mirrors = [];
        for (int i = 0; i < 100; i++)
        {
            mirrors.Add(await lane.ConnectAsync());
            await mirrors[i].GetStream().WriteAsync(Request(head, 60));
        }
        await Eventually.TrueAsync(() => Task.FromResult(lane.Host.Of<ChangeWatch>().Waiting == 100), "all wait");
        mirrors.ForEach(mirror => mirror.Dispose());
        await Eventually.TrueAsync(() => Task.FromResult(lane.Host.Of<ChangeWatch>().Waiting == 0), "nobody waits");
        await Eventually.TrueAsync(
            async () => Encoding.Latin1.GetString(await lane.SendAsync($"GET /api/v1/changes?limit=1 HTTP/1.1\r\n{Close}")).StartsWith("HTTP/1.1 200", StringComparison.Ordinal),
            "there is room for another");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_waits_is_answered_when_the_server_stops(bool fast)
    {
        Lane lane = await Lane.StartAsync(fast, 10_000, OnlyMirrors);
        long head = await lane.Host.Of<ChangeFeed>().HeadAsync(CancellationToken.None);
        using TcpClient mirror = await lane.ConnectAsync();
        await mirror.GetStream().WriteAsync(Request(0, 60));
        (await ReadAsync(mirror)).ShouldContain("\"serial\":1,");
        await mirror.GetStream().WriteAsync(Request(head, 60));
        Task<string> answer = ReadAsync(mirror);
        await Eventually.TrueAsync(() => Task.FromResult(lane.Host.Of<ChangeWatch>().Waiting == 1), "it waits");
        await lane.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        (await answer).ShouldContain("\"items\":[]");
    }

    /// <summary>The sender of webhooks waits for changes, too, and would be counted for one of them.</summary>
    private static void OnlyMirrors(IServiceCollection services) => services.Remove(services.Single(service => service.ImplementationType == typeof(WebhookSender)));

    private static byte[] Request(long after, int wait) => Encoding.ASCII.GetBytes($"GET /api/v1/changes?after={after}&wait={wait} HTTP/1.1\r\nHost: a\r\n\r\n");

    /// <summary>One answer, whose body is a JSON object.</summary>
    private static async Task<string> ReadAsync(TcpClient client)
    {
        byte[] buffer = new byte[4096];
        string answer = "";
        while (!answer.EndsWith('}'))
        {
            int read = await client.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
            if (read == 0)
            {
                break;
            }
            answer += Encoding.Latin1.GetString(buffer, 0, read);
        }
        return answer;
    }

    private static string Neutral(string answer) => OfThisHost().Replace(answer, "…");

    private async Task<string> AnswerAsync(string request) =>
        Lane.Comparable(await server.Lane.SendAsync(request.Replace("HEAD&", server.Head + "&", StringComparison.Ordinal).Replace("=HEAD", "=" + server.Head, StringComparison.Ordinal)));

    [GeneratedRegex("\"at\":\"[^\"]*\"|^(ETag|Content-Length): .*", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex OfThisHost();

    [GeneratedRegex("ETag: (?<tag>\\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Tag();

    /// <summary>A gateway with the fast lane, whose feed has enough for a full page and does not change.</summary>
    public sealed class ServerWithChanges : IAsyncLifetime
    {
        internal Lane Lane { get; private set; } = null!;

        internal long Head { get; private set; }

        public async Task InitializeAsync()
        {
            Lane = await Lane.StartAsync(fast: true);
            await AppendAsync(Lane);
            Head = await Lane.Host.Of<ChangeFeed>().HeadAsync(CancellationToken.None);
        }

        public async Task DisposeAsync() => await Lane.DisposeAsync();

        internal async Task AppendAsync(Lane lane)
        {
            NewChange[] changes = [.. Enumerable.Repeat(new NewChange(ChangeType.Withdrawn, GatewayHost.Restricted, GatewayHost.Edition, 1, "a mistake"), 1100)];
            await lane.Host.Of<SqlDatabase>().WriteAsync(transaction => lane.Host.Of<ChangeFeed>().AppendAsync(transaction, changes), CancellationToken.None);
            await lane.Host.Of<ChangeWatch>().RefreshAsync(CancellationToken.None);
        }
    }
}
