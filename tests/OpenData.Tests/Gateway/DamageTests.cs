using System.Net;
using OpenData.Format;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Storage;
using OpenData.Tests.Gateway.FastLane;
using OpenData.Tests.Packaging;
using OpenData.Tests.Releases.Scrubbing;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

/// <summary>A gateway learns of damage that somebody else found, and tells of what it finds itself.</summary>
public sealed class DamageTests
{
    private static readonly string Name = GatewayHost.Release().ArchiveName(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_found_damaged_anywhere_is_refused_here_and_served_again_once_it_is_repaired(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 3_500_000);
        GatewayHost host = lane.Host;
        (await host.Client.GetByteArrayAsync(lane.Path)).AsSpan().SequenceEqual(lane.Archive).ShouldBeTrue();
        string stored = host.StoredAt(GatewayHost.Release(), Name);

        // The bytes rot while the gateway has the file open and has found it good. A worker notices.
        ScrubTests.Flip(stored, 2_500_000);
        using ScrubNode worker = new(host.Of<Server.Database.SqlDatabase>(), host.Of<BlobStore>());
        (await worker.Scrub.RunAsync(await worker.FindAsync(Name), new ScrubThrottle(TimeProvider.System), false, null, default)).File.IsBad.ShouldBeTrue();

        await Eventually.TrueAsync(async () => await StatusAsync(host, lane.Path) == HttpStatusCode.ServiceUnavailable, "the archive is refused");
        (await host.ProblemAsync(lane.Path)).Problem.Type.ShouldBe("/problems/quarantined");
        (await StatusAsync(host, lane.Path, "HEAD")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await StatusAsync(host, lane.Path + "/CN1/CN1A.bin")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await StatusAsync(host, GatewayHost.PathOf(GatewayHost.Release(), "release.json"))).ShouldBe(HttpStatusCode.OK);

        // Repaired: a new file in its place, and the one that the gateway has open is still the rotten one.
        await File.WriteAllBytesAsync(stored + "~", lane.Archive);
        File.Move(stored + "~", stored, overwrite: true);
        (await worker.Scrub.RunAsync(await worker.FindAsync(Name), new ScrubThrottle(TimeProvider.System), false, null, default)).File.Result.ShouldBe(ScrubResult.Good);

        await Eventually.TrueAsync(async () => await StatusAsync(host, lane.Path) == HttpStatusCode.OK, "the archive is served again");
        (await host.Client.GetByteArrayAsync(lane.Path)).AsSpan().SequenceEqual(lane.Archive).ShouldBeTrue();
        if (fast)
        {
            lane.Fast.ShouldBeGreaterThan(1);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_download_that_runs_ends_when_its_file_is_found_damaged(bool fast)
    {
        await using Lane lane = await Lane.StartAsync(fast, 20_000_000);
        (_, string key) = await lane.Host.AccountAsync("slow", "slow"); // 40 s
        using HttpResponseMessage running = await lane.Host.SendAsync(lane.Path, key);
        Task<byte[]> body = running.Content.ReadAsByteArrayAsync();
        ScrubTests.Flip(lane.Host.StoredAt(GatewayHost.Release(), Name), 20_000_000);
        using ScrubNode worker = new(lane.Host.Of<Server.Database.SqlDatabase>(), lane.Host.Of<BlobStore>());
        await worker.RunAsync();

        await Should.ThrowAsync<Exception>(async () => await body.WaitAsync(TimeSpan.FromSeconds(60)));
        await Eventually.TrueAsync(async () => (await lane.Host.JournalAsync()).Any(line => line.Outcome == "damaged"), "the journal says why");
    }

    [Fact]
    public async Task What_the_gateway_meets_itself_is_told_to_the_workers()
    {
        await using GatewayHost host = await GatewayHost.StartAsync();
        (string path, _) = await host.PublishRandomAsync(3_500_000);
        await host.PublishAsync(new SampleDelivery().With("a.xml", "<a/>"), GatewayHost.Release(edition: "20240109"));
        ScrubTests.Flip(host.StoredAt(GatewayHost.Release(), Name), 10);
        ReleaseId other = GatewayHost.Release(edition: "20240109");
        File.Delete(host.StoredAt(other, other.ArchiveName(1)));

        (await StatusAsync(host, path)).ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await StatusAsync(host, GatewayHost.PathOf(other, other.ArchiveName(1)))).ShouldBe(HttpStatusCode.ServiceUnavailable);

        ScrubLedger ledger = host.Of<ScrubLedger>();
        IReadOnlyList<ScrubbedFile> suspects = [];
        await Eventually.TrueAsync(async () => (suspects = await ledger.PageAsync(null, ScrubResult.Suspect, null, 10, default)).Count == 2, "both are suspect");
        suspects.Select(file => file.Name).ShouldBe([Name, other.ArchiveName(1)]);
        suspects[0].Reason.ShouldNotBeNull().ShouldContain("the block of 1 MiB at 0");
        suspects[1].Reason.ShouldBe("it is not there");
    }

    private static async Task<HttpStatusCode> StatusAsync(GatewayHost host, string path, string method = "GET")
    {
        using HttpResponseMessage answer = await host.SendAsync(path, null, method);
        return answer.StatusCode;
    }
}
