using OpenData.Mirror.Commands;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Progress;
using OpenData.Mirror.Remote;
using OpenData.Tests.Support;

namespace OpenData.Tests.Mirror;

public sealed class PolicyTests
{
    [Theory]
    [InlineData("\"content-bytes\";q=3750000;w=1;qu=\"content-bytes\", \"concurrent-requests\";q=8;qu=\"concurrent-requests\"", 8)]
    [InlineData("\"concurrent-requests\";q=32", 32)]
    [InlineData("\"content-bytes\";q=3750000", null)]
    [InlineData("\"concurrent-requests\";q=x", null)]
    public void The_number_of_downloads_at_a_time_is_read_as_the_server_tells_it(string policy, int? requests)
    {
        OpenData.Mirror.Remote.Server.TryReadConcurrentRequests(policy, out int found).ShouldBe(requests is not null);
        found.ShouldBe(requests ?? 0);
    }

    [Fact]
    public void Waits_double_to_half_a_minute_and_jitter_takes_off_up_to_half()
    {
        RetryPolicy.Delay(1, null, 0).ShouldBe(TimeSpan.FromSeconds(0.5));
        RetryPolicy.Delay(3, null, 0).ShouldBe(TimeSpan.FromSeconds(2));
        RetryPolicy.Delay(1000, null, 0).ShouldBe(TimeSpan.FromSeconds(30));
        RetryPolicy.Delay(3, null, 1).ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void What_the_server_asks_for_is_never_cut_short()
    {
        RetryPolicy.Delay(1, TimeSpan.FromSeconds(100), 0).ShouldBe(TimeSpan.FromSeconds(100));
        RetryPolicy.Delay(1, TimeSpan.FromSeconds(100), 1).ShouldBe(TimeSpan.FromSeconds(110));
    }

    [Fact]
    public async Task Patience_ends_with_the_time_without_progress_and_progress_renews_it()
    {
        FakeTime time = new();
        Patience patience = new(TimeSpan.FromMinutes(1), time, _ => { });
        Obstacle busy = new(ObstacleKind.Later, new("busy", "忙"), TimeSpan.FromSeconds(30));

        Task first = patience.WaitAsync("x", busy, 1, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(40));
        await first;
        MirrorExceptionOf(() => patience.WaitAsync("x", busy, 2, CancellationToken.None)).ShouldContain("x: busy");
        patience.Progressed();
        Task second = patience.WaitAsync("x", busy, 1, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(40));
        await second;
    }

    [Fact]
    public void A_limit_lets_through_its_rate_and_no_saved_up_burst()
    {
        FakeTime time = new();
        RateLimiter limiter = new(1_000_000, time);
        time.Advance(TimeSpan.FromHours(1));

        limiter.PayAsync(100_000, CancellationToken.None).AsTask().IsCompleted.ShouldBeTrue();
        Task second = limiter.PayAsync(600_000, CancellationToken.None).AsTask();
        second.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(499));
        second.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(2));
        second.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public void A_line_of_progress_says_how_much_how_fast_and_how_long()
    {
        TransferBoard board = new();
        board.Expect(14, 45_600_000_000);
        board.Begin("a", 1).Received(1_000_000_000);

        PlainProgress.Line(board, 11_900_000).English.ShouldBe("1.00 GB of 45.6 GB (2 %), 11.9 MB/s, 63 min left, 0 of 14 files");
        PlainProgress.Line(board, 11_900_000).Chinese.ShouldBe("1.00 GB / 45.6 GB (2 %)，11.9 MB/s，剩余 63 分钟，文件 0 / 14");
    }

    [Fact]
    public void The_rate_is_that_of_the_last_seconds()
    {
        RateMeter meter = new();
        meter.Sample(TimeSpan.Zero, 0).ShouldBe(0);
        meter.Sample(TimeSpan.FromSeconds(10), 1000).ShouldBe(100);
        meter.Sample(TimeSpan.FromSeconds(20), 1000).ShouldBe(0);
        meter.Sample(TimeSpan.FromSeconds(40), 1000).ShouldBe(0);
    }

    [Theory]
    [InlineData("90", 90)]
    [InlineData("5m", 300)]
    [InlineData("2h", 7200)]
    public void Times_are_read_as_people_type_them(string text, int seconds)
    {
        Duration.TryParse(text, out TimeSpan time).ShouldBeTrue();
        time.TotalSeconds.ShouldBe(seconds);
    }

    [Theory]
    [InlineData("docs/CN1A/CN1A.xml", "CN1A", true)]
    [InlineData("docs/CN1A.xml", "CN1A", true)]
    [InlineData("docs/CN1A2.xml", "CN1A", false)]
    [InlineData("docs/CN1A2.xml", "docs/CN1A2.xml", true)]
    public void Entries_belong_to_the_document_of_their_name(string entry, string document, bool belongs) =>
        OpenData.Mirror.Releases.DocumentDownload.Belongs(entry, document).ShouldBe(belongs);

    [Fact]
    public void A_key_is_exposed_by_plain_http_to_another_machine_only()
    {
        ServerAddress.Parse("http://data.example").ExposesKey.ShouldBeTrue();
        ServerAddress.Parse("https://data.example").ExposesKey.ShouldBeFalse();
        ServerAddress.Parse("http://127.0.0.1:8080").ExposesKey.ShouldBeFalse();
    }

    private static string MirrorExceptionOf(Func<Task> action) => Should.Throw<OpenData.Mirror.MirrorException>(action).Message;
}
