using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
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
