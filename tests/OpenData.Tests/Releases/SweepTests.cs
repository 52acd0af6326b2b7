using System.Runtime.CompilerServices;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases;

public sealed class SweepTests
{
    private const string Code = "CN-TEST";
    private static readonly TimeSpan TwoDays = TimeSpan.FromDays(2);
    private static readonly ReleaseId Public = new(Code, "20240101", 1);
    private static readonly ReleaseId Killed = new(Code, "20240101", 2);
    private static readonly ReleaseId Unknown = new(Code, "20240102", 1);
    private static readonly ReleaseId Running = new(Code, "20240103", 1);
    private static readonly ReleaseId Held = new(Code, "20240104", 1);
    private static readonly ReleaseId Rejected = new(Code, "20240105", 1);

    [Theory, OnSqlite, OnPostgres]
    public async Task Only_old_blobs_that_no_release_names_are_removed(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        await FillAsync(house);
        await File.WriteAllTextAsync(house.PathOf(Public, "left-behind.zip"), "left behind by a killed run");
        string[] before = Files(house);

        (await house.Node.Sweep.RunAsync(dryRun: false, CancellationToken.None)).ShouldBeEmpty("all are younger than a day");
        int found = (await house.NodeAt(TwoDays).Sweep.RunAsync(dryRun: true, CancellationToken.None)).Count;
        Files(house).ShouldBe(before);

        (await house.NodeAt(TwoDays).Sweep.RunAsync(dryRun: false, CancellationToken.None)).Count.ShouldBe(found);

        string[] removed = [.. before.Except(Files(house))];
        removed.Order(StringComparer.Ordinal).ShouldBe(
            ((string[])[house.PathOf(Public, "left-behind.zip"), .. new[] { Killed, Unknown, Rejected }.SelectMany(release => (string[])[house.PathOf(release, release.ArchiveName(1)), house.PathOf(release, release.EntriesName(1))])])
            .Order(StringComparer.Ordinal));
        found.ShouldBe(removed.Length);
        (await house.Node.Editions.FindAsync(Code, Unknown.Edition, CancellationToken.None)).ShouldBeNull("a sweep takes nothing up");
        (await house.Node.Holds.ApproveAsync(ReleaseHouse.Dataset(Code), Held.Edition, CancellationToken.None))!.Outcome.ShouldBe(PublicationOutcome.Published);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task What_a_run_writes_again_between_the_listing_and_the_removal_stays(DatabaseKind kind)
    {
        Func<ReleaseHouse, Task<bool>>[] runs =
        [
            async house =>
            {
                await RunAsync(house);
                await house.Node.Editions.FailAsync(Code, Killed.Edition, "The disk is full.", CancellationToken.None);
                return true; // nobody names it, but it is not a day old
            },
            async house =>
            {
                await RunAsync(house);
                return true; // it is still running
            },
            async house =>
            {
                (await house.Node.PublishAsync(await RunAsync(house))).Outcome.ShouldBe(PublicationOutcome.Published);
                return true;
            },
            _ => Task.FromResult(false), // nothing happens, and so it goes
        ];
        foreach (Func<ReleaseHouse, Task<bool>> run in runs)
        {
            await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
            await house.Node.PublishAsync(await house.PackAsync(Public, bytes: 1000));
            await house.PackAsync(Killed, bytes: 1000);
            Backdate(house);
            bool stays = false;
            HookedStore store = new(house.Store, async () => stays = await run(house));

            IReadOnlyList<BlobInfo> removed = await new ReleaseNode(house.Sql, store, TimeProvider.System).Sweep.RunAsync(dryRun: false, CancellationToken.None);

            removed.Count.ShouldBe(stays ? 0 : 2);
            File.Exists(house.PathOf(Killed, Killed.ArchiveName(1))).ShouldBe(stays);
            File.Exists(house.PathOf(Public, Public.ArchiveName(1))).ShouldBeTrue();
        }

        static async Task<Package> RunAsync(ReleaseHouse house)
        {
            await house.Node.Editions.BeginAsync(Code, Killed.Edition, DateTimeOffset.UnixEpoch, CancellationToken.None);
            return await house.PackAsync(Killed, seed: 2, bytes: 1000);
        }
    }

    private static void Backdate(ReleaseHouse house)
    {
        foreach (string path in Files(house))
        {
            File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime - TwoDays);
        }
    }

    /// <summary>Something happens right after everything was listed.</summary>
    private sealed class HookedStore(BlobStore inner, Func<Task> listed) : BlobStore
    {
        public override string Place => inner.Place;

        public override Task ProbeAsync(CancellationToken stop) => inner.ProbeAsync(stop);

        public override Task<BlobWriter> CreateAsync(BlobKey key, CancellationToken stop) => inner.CreateAsync(key, stop);

        public override Task<BlobReader?> OpenAsync(BlobKey key, CancellationToken stop) => inner.OpenAsync(key, stop);

        public override async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken stop)
        {
            await foreach (BlobInfo blob in inner.ListAsync(prefix, stop))
            {
                yield return blob;
            }
            if (prefix == BlobKey.Root)
            {
                await listed();
            }
        }

        public override Task DeleteAsync(BlobKey key, CancellationToken stop) => inner.DeleteAsync(key, stop);
    }

    private static async Task FillAsync(ReleaseHouse house)
    {
        await house.Node.PublishAsync(await house.PackAsync(Public, bytes: 1000));
        await house.PackAsync(Killed, bytes: 1000);
        await house.PackAsync(Unknown, bytes: 1000);
        await house.PackAsync(Running, bytes: 1000);
        await house.Node.Editions.BeginAsync(Code, Running.Edition, DateTimeOffset.UnixEpoch, CancellationToken.None);
        Package held = await house.PackAsync(Held, bytes: 1000);
        await house.Node.Editions.HoldAsync(Code, Held.Edition, "Odd.", [], held, CancellationToken.None);
        Package rejected = await house.PackAsync(Rejected, bytes: 1000);
        await house.Node.Editions.HoldAsync(Code, Rejected.Edition, "Odd.", [], rejected, CancellationToken.None);
        await house.Node.Holds.RejectAsync(Code, Rejected.Edition, "No.", CancellationToken.None);
    }

    private static string[] Files(ReleaseHouse house) => Directory.GetFiles(house.DatasetsFolder, "*", SearchOption.AllDirectories);
}
