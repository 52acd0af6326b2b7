using System.Text;

namespace OpenData.Tests.Gateway.FastLane;

/// <summary>What a client can see of the lanes, side by side, the one with sendfile and the other without: there is no difference.</summary>
public sealed class LaneConformanceTests(LaneConformanceTests.BothLanes lanes) : IClassFixture<LaneConformanceTests.BothLanes>
{
    private const string Close = "Host: a\r\nConnection: close\r\n\r\n";

    /// <summary>Requests that the fast lane answers itself.</summary>
    public static TheoryData<string> Plain => new(
        $"GET PATH HTTP/1.1\r\n{Close}",
        $"HEAD PATH HTTP/1.1\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nUser-Agent: curl/8\r\nAccept: */*\r\nWant-Repr-Digest: sha-256=1\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nrange:bytes=5-9\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nRange: \tbytes=-7 \r\n{Close}",
        $"GET PATH HTTP/1.1\r\nRange: bytes=100-\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nRange: bytes=0-0,1-1\r\n{Close}",
        $"HEAD PATH HTTP/1.1\r\nRange: bytes=5-9\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nRange: items=0-5\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nRange: bytes=5-9\r\nIf-Range: TAG\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nRange: bytes=5-9\r\nIf-Range: \"x\"\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nRange: bytes=5-9\r\nIf-Range: garbage\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nIf-None-Match: TAG\r\n{Close}",
        $"HEAD PATH HTTP/1.1\r\nIf-None-Match: *\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nIf-None-Match: \"x\"\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nIf-Match: TAG\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nIf-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nIf-Modified-Since: soon\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nHost: data.example.org:8080\r\nConnection: CLOSE\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n\r\nGET PATH HTTP/1.1\r\nRange: bytes=10-19\r\n{Close}",
        $"HEAD PATH HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\nGET PATH HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\nGET PATH HTTP/1.1\r\nRange: bytes=10-19\r\n{Close}");

    /// <summary>Requests that Kestrel answers in both.</summary>
    public static TheoryData<string> Odd => new(
        // refusals and several ranges
        $"GET PATH HTTP/1.1\r\nRange: bytes=0-1,5-6\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nRange: bytes=99999999-\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nIf-Match: \"x\"\r\n{Close}",
        $"HEAD PATH HTTP/1.1\r\nIf-Unmodified-Since: Thu, 01 Jan 1970 00:00:01 GMT\r\n{Close}",
        $"GET PATH.no HTTP/1.1\r\n{Close}",
        $"HEAD PATH.no HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-OPEN/20240102/r9/release.json HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-OPEN/20240102/r01/release.json HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-WITHDRAWN/20240102/r1/release.json HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-REGISTERED/20240102/r1/release.json HTTP/1.1\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAuthorization: Bearer nonsense\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAuthorization: \r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b\r\n{Close}",
        // addresses
        $"GET PATH?x=1 HTTP/1.1\r\n{Close}",
        $"GET PATH? HTTP/1.1\r\n{Close}",
        $"GET PATH#x HTTP/1.1\r\n{Close}",
        $"GET PATH/ HTTP/1.1\r\n{Close}",
        $"GET PATH/CN1/CN1A.bin HTTP/1.1\r\n{Close}",
        $"GET http://a:80PATH HTTP/1.1\r\n{Close}",
        $"GET /FILES/CN-PA-OPEN/20240102/r1/nothing HTTP/1.1\r\n{Close}",
        $"GET //files/CN-PA-OPEN/20240102/r1/nothing HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-OPEN/20240102/r1/..%2fr1%2frelease.json HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-OPEN/20240102/r1/%2e%2e HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-OPEN/20240102/../20240102/r1/nothing HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-OPEN/20240102/r1/a%00b HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-OPEN/20240102/r1/a%ffb HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-OPEN/20240102/r1/a%2 HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-OPEN/20240102/r1/a%2525 HTTP/1.1\r\n{Close}",
        $"GET /files/CN-PA-OPEN/20240102/r1/a\\b HTTP/1.1\r\n{Close}",
        $"GET /api/v1/nothing HTTP/1.1\r\n{Close}",
        // request lines
        $"get PATH HTTP/1.1\r\n{Close}",
        $"POST PATH HTTP/1.1\r\n{Close}",
        $"GET  PATH HTTP/1.1\r\n{Close}",
        $"GET PATH  HTTP/1.1\r\n{Close}",
        $"GET\tPATH HTTP/1.1\r\n{Close}",
        $"GET PATH HTTP/1.0\r\n{Close}",
        $"GET PATH HTTP/1.2\r\n{Close}",
        $"GET PATH http/1.1\r\n{Close}",
        $"GET PATH\r\n{Close}",
        $"GET PATH HTTP/1.1 \r\n{Close}",
        $"\r\nGET PATH HTTP/1.1\r\n{Close}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HEAD HTTP/1.1\r\nHost: a\r\n\r\n",
        // line ends and fields
        $"GET PATH HTTP/1.1\nHost: a\nConnection: close\n\n",
        $"GET PATH HTTP/1.1\r\nHost: a\nConnection: close\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nAccept: a\n\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAccept: a\rb\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAccept: a\r\n b\r\n{Close}",
        $"GET PATH HTTP/1.1\r\n Accept: a\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAccept : a\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAccept: a\0b\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAccept: é\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAccept\r\n{Close}",
        $"GET PATH HTTP/1.1\r\n: a\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nX-Unknown: a\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nRange: bytes=0-1\r\nRange: bytes=5-6\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nRange:\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nConnection: close\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nHost: b\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nUpgrade: h2c\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nExpect: 100-continue\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nCookie: a=b\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAccept: {new string('a', 9000)}\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nAccept: {new string('a', 40_000)}\r\n{Close}",
        // bodies, and requests hidden in them
        $"GET PATH HTTP/1.1\r\nContent-Length: 0\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nContent-Length: 44\r\n\r\nGET PATH HTTP/1.1\r\nHost: a\r\nX: GET / HTTP/1.1\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET PATH HTTP/1.1\r\nRange: bytes=0-9\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET PATH HTTP/1.1\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nGET PATH HTTP/1.1\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n");

    /// <summary>A plain request, and then something else on the same connection.</summary>
    public static TheoryData<string> PlainThenOdd => new(
        $"GET PATH HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n\r\nGET /api/v1/nothing HTTP/1.1\r\nHost: a\r\n\r\nGET PATH HTTP/1.1\r\nRange: bytes=10-19\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n\r\nGET PATH HTTP/1.1\r\nRange: bytes=0-1,5-6\r\n{Close}",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n\r\ngarbage\r\n\r\n",
        $"GET PATH HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n\r\nGET PATH HTTP/1.1\nHost: a\n\n",
        $"HEAD PATH HTTP/1.1\r\nHost: a\r\n\r\nPOST PATH HTTP/1.1\r\nContent-Length: 3\r\n{Close}abc");

    [Theory]
    [MemberData(nameof(Plain))]
    public async Task A_plain_request_is_answered_the_same(string request)
    {
        long before = lanes.Fast.Fast;
        await CompareAsync(request);
        lanes.Fast.Fast.ShouldBe(before + request.Split("PATH").Length - 1, "the fast lane answered");
        (lanes.Slow.Fast, lanes.Slow.Sent).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_name_that_is_percent_encoded_names_the_same_file()
    {
        long before = lanes.Fast.Fast;
        await CompareAsync($"HEAD {lanes.Fast.Path.Replace(".", "%2e", StringComparison.Ordinal).Replace("_r1", "%5Fr1", StringComparison.Ordinal)} HTTP/1.1\r\n{Close}");
        lanes.Fast.Fast.ShouldBe(before + 1);
    }

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task An_odd_request_is_left_to_Kestrel(string request)
    {
        long before = lanes.Fast.Fast;
        await CompareAsync(request);
        lanes.Fast.Fast.ShouldBe(before, "the fast lane answered nothing");
    }

    [Theory]
    [MemberData(nameof(PlainThenOdd))]
    public async Task What_follows_a_plain_request_is_Kestrel_s_from_its_first_byte(string request)
    {
        long before = lanes.Fast.Fast;
        await CompareAsync(request);
        lanes.Fast.Fast.ShouldBe(before + 1);
    }

    [Fact]
    public async Task A_head_that_comes_byte_by_byte_is_answered_the_same() => await CompareAsync($"GET PATH HTTP/1.1\r\nRange: bytes=5-9\r\n{Close}", piece: 1);

    [Fact]
    public async Task Bytes_that_were_mutated_are_answered_the_same()
    {
        Random random = new(20260101);
        string plain = lanes.Fast.Fill($"GET PATH HTTP/1.1\r\nUser-Agent: curl\r\nRange: bytes=5-9\r\nIf-Range: TAG\r\n{Close}");
        await Parallel.ForEachAsync(Enumerable.Range(0, 300).Select(_ => Mutated(plain, random)).ToArray(), async (request, _) => await CompareAsync(request));

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
                    mutated.Insert(at, "\r\n\t :/%\0\"a0,"[random.Next(12)]);
                    break;
            }
            // With its Connection field broken a connection would stay open; the next request closes it.
            return mutated.Append("GET / HTTP/1.1\r\n" + Close).ToString();
        }
    }

    private async Task CompareAsync(string request, int piece = int.MaxValue)
    {
        Task<byte[]> fast = lanes.Fast.SendAsync(request, piece);
        Task<byte[]> slow = lanes.Slow.SendAsync(request, piece);
        string expected = Lane.Comparable(await slow);
        if (!string.Equals(Lane.Comparable(await fast), expected, StringComparison.Ordinal))
        {
            Heads(Lane.Comparable(await fast)).ShouldBe(Heads(expected), request);
            Assert.Fail($"Another body for {request}");
        }
    }

    private static string Heads(string answer) => answer.Length <= 4000 ? answer : answer[..4000];

    /// <summary>Two gateways with the same releases.</summary>
    public sealed class BothLanes : IAsyncLifetime
    {
        internal Lane Fast { get; private set; } = null!;

        internal Lane Slow { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Fast = await Lane.StartAsync(fast: true);
            Slow = await Lane.StartAsync(Way.Copied, 300_000);
            foreach (Lane lane in new[] { Fast, Slow })
            {
                await lane.Host.PublishRandomAsync(1000, GatewayHost.Release(GatewayHost.Registered));
            }
        }

        public async Task DisposeAsync()
        {
            await Fast.DisposeAsync();
            await Slow.DisposeAsync();
        }
    }
}
