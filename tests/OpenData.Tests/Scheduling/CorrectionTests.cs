using Dapper;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Scheduling;

/// <summary>A delivery that comes again is noticed at the next firing, and becomes a revision where its bytes are others.</summary>
public sealed class CorrectionTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task A_delivery_that_comes_again_with_other_bytes_becomes_the_next_revision_by_itself(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver("20251230", ("CN1A.xml", "<a/>"), ("CN2A.xml", "<b/>"), ("CN3A.xml", "<c/>"));
        await shop.FireAsync();
        await shop.FireAsync();
        (await shop.RunsAsync()).ShouldBe(1);

        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver("20251230", ("CN1A.xml", "<a/>"), ("CN2A.xml", "<better/>"), ("CN4A.xml", "<d/>"));
        await shop.FireAsync();

        Manifest second = await shop.ManifestAsync("20251230", 2);
        ReleaseId id = Workshop.Release("20251230", 2);
        second.Supersedes.ShouldBe("r1");
        second.Changes.ShouldBe(new RevisionChanges("r1", 1, 1, 1, id.ChangesName));
        shop.ListedChanges(id).ShouldBe(
        [
            new EntryChange("changed", "CN2A.xml", 9, Of("<better/>"), Of("<b/>")),
            new EntryChange("removed", "CN3A.xml", 4, Of("<c/>")),
            new EntryChange("added", "CN4A.xml", 4, Of("<d/>")),
        ]);
        (await File.ReadAllTextAsync(shop.StoredAt(id, Manifest.ChecksumsName))).ShouldContain($"  {id.ChangesName}\n");
        IReadOnlyList<Change> feed = await shop.ChangesAsync();
        feed.Select(change => (change.Type, change.Revision, change.By)).ShouldBe([(ChangeType.Published, 1, null), (ChangeType.Published, 2, null), (ChangeType.Superseded, 1, 2)]);
        feed[2].Changes.ShouldBe(second.Changes);
        (await shop.ContentAsync("20251230", 1))["CN2A.xml"].ShouldBe("<b/>");
        (await shop.ContentAsync("20251230", 2)).Keys.ShouldBe(["CN1A.xml", "CN2A.xml", "CN4A.xml"]);

        await shop.FireAsync();
        (await shop.RunsAsync()).ShouldBe(2);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task The_same_bytes_again_change_nothing_and_are_read_once(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver("20251230", ("CN1A.xml", "<a/>"));
        await shop.FireAsync();

        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver("20251230", ("CN1A.xml", "<a/>"));
        await shop.FireAsync();
        await shop.FireAsync();

        (await shop.RunsAsync()).ShouldBe(2);
        (await shop.ChangesAsync()).ShouldHaveSingleItem();
        (await shop.StateAsync("20251230")).ShouldBe(EditionState.Published);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_file_that_is_replaced_under_an_old_marker_is_taken_once_it_is_left_alone(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind, ("OpenData:Scheduling:Relisted", "1"));
        shop.Deliver("20251223", ("CN1A.xml", "<a/>"));
        shop.Deliver("20251230", ("CN2A.xml", "<a/>"));
        await shop.FireAsync();

        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Put("20251223", "CN1A.xml", "<b/>");
        shop.Put("20251230", "CN2A.xml", "<b/>");
        await shop.FireAsync();
        (await shop.RunsAsync()).ShouldBe(2);
        shop.Time.Advance(TimeSpan.FromMinutes(10));
        await shop.FireAsync();

        // Of the older one only the marker is looked at.
        (await shop.RunsAsync()).ShouldBe(3);
        (await shop.ManifestAsync("20251230", 2)).Changes!.Changed.ShouldBe(1);
        shop.Put("20251223", "READY", "");
        await shop.FireAsync();
        (await shop.ManifestAsync("20251223", 2)).Changes!.Changed.ShouldBe(1);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task What_was_published_before_listings_were_remembered_is_not_packaged_again_for_it(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver("20251230", ("CN1A.xml", "<a/>"));
        await shop.FireAsync();
        await shop.Of<SqlDatabase>().WriteAsync(t => t.Connection!.ExecuteAsync("UPDATE editions SET delivery = NULL", transaction: t), CancellationToken.None);

        await shop.FireAsync();
        (await shop.RunsAsync()).ShouldBe(1);
        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Put("20251230", "CN1A.xml", "<b/>");
        shop.Time.Advance(TimeSpan.FromHours(1));
        await shop.FireAsync();

        (await shop.ManifestAsync("20251230", 2)).Changes!.Changed.ShouldBe(1);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_correction_does_not_wait_for_the_repair_of_what_it_replaces(DatabaseKind kind)
    {
        await using Workshop shop = await Workshop.CreateAsync(kind);
        shop.Deliver("20251230", ("CN1A.xml", "<a/>"));
        await shop.FireAsync();
        ReleaseId first = Workshop.Release("20251230");
        await File.WriteAllBytesAsync(shop.StoredAt(first, first.EntriesName(1)), [1, 2, 3]);

        shop.Time.Advance(TimeSpan.FromHours(1));
        shop.Deliver("20251230", ("CN1A.xml", "<b/>"));
        await shop.FireAsync();

        Manifest second = await shop.ManifestAsync("20251230", 2);
        (second.Supersedes, second.Changes).ShouldBe(("r1", null));
        (await shop.Of<EditionStates>().FindAsync(Workshop.Code, "20251230", CancellationToken.None))!.Findings.ShouldContain(finding => finding.Code == "changes-unknown");
        (await shop.ChangesAsync())[^1].Changes.ShouldBeNull();
    }

    private static Sha256Digest Of(string text) => Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(text));
}
