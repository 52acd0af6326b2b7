using System.Data.Common;
using System.Text.Json;
using Dapper;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases;

public sealed class PublishingTests
{
    private const string Code = "CN-PA-TXTS-10-A";
    private static readonly ReleaseId First = new(Code, "20240102", 1);

    [Theory, OnSqlite, OnPostgres]
    public async Task Publishing_makes_all_of_a_release_visible_at_once(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        ReleaseQueries queries = house.Node.Queries;
        Package package = await house.PackAsync(First, volumes: 2);
        (await queries.FindFileAsync(First, First.ArchiveName(1), CancellationToken.None)).ShouldBeNull();

        Publication publication = await house.Node.PublishAsync(package);

        publication.Outcome.ShouldBe(PublicationOutcome.Published);
        Release release = (await queries.LatestAsync(Code, CancellationToken.None)).ShouldNotBeNull();
        release.Id.ShouldBe(First);
        release.Date.ShouldBe(new DateOnly(2024, 1, 2));
        (release.State, release.Documents, release.Entries, release.Bytes, release.Archives).ShouldBe((ReleaseState.Published, 10L, 20L, 6_000_000L, 2));
        release.PublishedAt.ShouldBe(publication.Manifest.PublishedAt);
        (await queries.FindAsync(First, CancellationToken.None)).ShouldBe(release);
        (await queries.LatestOfAllAsync(CancellationToken.None)).ShouldHaveSingleItem().Value.ShouldBe(new DatasetHead(release, 1));

        IReadOnlyList<ReleaseFile> files = await queries.FilesAsync(First, CancellationToken.None);
        files.Select(file => file.Name).ShouldBe(
        [
            First.EntriesName(1), First.ArchiveName(1), First.EntriesName(2), First.ArchiveName(2),
            "SHA256SUMS", "SHA256SUMS.sig", "release.json",
        ]);
        foreach (ReleaseFile file in files)
        {
            byte[] stored = await File.ReadAllBytesAsync(house.PathOf(First, file.Name));
            Sha256Digest.Of(stored).ShouldBe(file.Sha256, file.Name);
            (await queries.FindFileAsync(First, file.Name, CancellationToken.None)).ShouldBe(file);
        }
        files[1].MediaType.ShouldBe("application/zip");
        files[1].Archive.ShouldBeTrue();
        (await queries.FilesAsync(files[1].Sha256, CancellationToken.None)).ShouldBe([files[1]]);

        PackagedArchive archive = (await queries.ArchiveAsync(First, First.ArchiveName(2), CancellationToken.None)).ShouldNotBeNull();
        archive.Blocks.ShouldBe(package.Archives[1].Blocks);
        archive.Manifest.Pieces.ShouldBe(package.Archives[1].Manifest.Pieces);

        Change change = (await house.Node.Feed.AfterAsync(0, 10, CancellationToken.None)).ShouldHaveSingleItem();
        (change.Serial, change.Type, change.Dataset, change.Edition, change.Revision).ShouldBe((1, ChangeType.Published, Code, "20240102", 1));
        (await house.Node.Editions.FindAsync(Code, "20240102", CancellationToken.None))!.State.ShouldBe(EditionState.Published);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task The_manifest_in_the_store_is_the_one_in_the_database(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        await house.Node.PublishAsync(await house.PackAsync(First with { Edition = "20231229" }, seed: 9));

        Manifest returned = (await house.Node.PublishAsync(await house.PackAsync(First))).Manifest;

        string stored = await File.ReadAllTextAsync(house.PathOf(First, "release.json"));
        (await house.Node.Queries.ManifestTextAsync(First, CancellationToken.None)).ShouldBe(stored);
        Manifest read = (await house.Node.Queries.ManifestAsync(First, CancellationToken.None)).ShouldNotBeNull();
        JsonSerializer.Serialize(read, FormatJson.Default.Manifest).ShouldBe(stored);
        JsonSerializer.Serialize(returned, FormatJson.Default.Manifest).ShouldBe(stored);
        (read.Previous, read.Supersedes, read.Terms, read.Findings).ShouldBe(("20231229", null, "basic-data/3", new FindingCounts(0, 0, 1)));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Publishing_twice_yields_one_release(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        Package package = await house.PackAsync(First);
        Manifest first = (await house.Node.PublishAsync(package)).Manifest;
        byte[] before = await File.ReadAllBytesAsync(house.PathOf(First, "release.json"));

        Publication again = await house.NodeAt(TimeSpan.FromHours(1)).PublishAsync(package);

        again.Outcome.ShouldBe(PublicationOutcome.AlreadyPublished);
        again.Manifest.PublishedAt.ShouldBe(first.PublishedAt);
        (await File.ReadAllBytesAsync(house.PathOf(First, "release.json"))).ShouldBe(before);
        (await house.Node.Feed.HeadAsync(CancellationToken.None)).ShouldBe(1);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Many_who_publish_the_same_release_at_once_yield_one(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        Package package = await house.PackAsync(First);
        await house.Node.Editions.BeginAsync(Code, First.Edition, DateTimeOffset.UnixEpoch, CancellationToken.None);

        Publication[] publications = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => house.Node.PublishAsync(package)));

        publications.Count(publication => publication.Outcome == PublicationOutcome.Published).ShouldBe(1);
        publications.Count(publication => publication.Outcome == PublicationOutcome.AlreadyPublished).ShouldBe(7);
        ReleaseFile manifest = (await house.Node.Queries.FindFileAsync(First, "release.json", CancellationToken.None)).ShouldNotBeNull();
        Sha256Digest.Of(await File.ReadAllBytesAsync(house.PathOf(First, "release.json"))).ShouldBe(manifest.Sha256);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_correction_supersedes_the_revision_before_it_and_both_stay_readable(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        await house.Node.PublishAsync(await house.PackAsync(First));
        ReleaseId second = await house.Node.Editions.NextReleaseAsync(Code, "20240102", CancellationToken.None);
        second.Revision.ShouldBe(2);

        Manifest manifest = (await house.Node.PublishAsync(await house.PackAsync(second, seed: 2))).Manifest;

        manifest.Supersedes.ShouldBe("r1");
        (await house.Node.Queries.RevisionsAsync(Code, "20240102", CancellationToken.None)).Select(release => (release.Revision, release.State))
            .ShouldBe([(2, ReleaseState.Published), (1, ReleaseState.Superseded)]);
        (await house.Node.Queries.FindFileAsync(First, First.ArchiveName(1), CancellationToken.None))!.State.ShouldBe(ReleaseState.Superseded);
        DatasetHead head = (await house.Node.Queries.LatestOfAllAsync(CancellationToken.None))[Code];
        (head.Latest.Id, head.Editions).ShouldBe((second, 1));
        (await house.Node.Feed.AfterAsync(1, 10, CancellationToken.None)).Select(change => (change.Serial, change.Type, change.Revision, change.By))
            .ShouldBe([(2, ChangeType.Published, 2, null), (3, ChangeType.Superseded, 1, 2)]);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task The_same_delivery_is_not_published_twice(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        await house.Node.PublishAsync(await house.PackAsync(First));

        Publication again = await house.Node.PublishAsync(await house.PackAsync(First with { Revision = 2 }));

        (again.Outcome, again.Manifest.Revision).ShouldBe((PublicationOutcome.SameDelivery, 1));
        (await house.Node.Feed.HeadAsync(CancellationToken.None)).ShouldBe(1);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Another_delivery_cannot_take_a_published_revisions_place(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        Package other = await house.PackAsync(First, seed: 7);
        Package package = await house.PackAsync(First);
        await house.Node.PublishAsync(package);

        (await Should.ThrowAsync<ReleaseConflictException>(house.Node.PublishAsync(package with { DeliveryDigest = other.DeliveryDigest }))).Release.ShouldBe(First);

        await house.Node.PublishAsync(await house.PackAsync(First with { Revision = 3 }, seed: 3));
        (await Should.ThrowAsync<ReleaseConflictException>(house.PackAsync(First with { Revision = 2 }, seed: 2).ContinueWith(late => house.Node.PublishAsync(late.Result), TaskScheduler.Default).Unwrap()))
            .Message.ShouldContain("r3 is public");
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite, 0)]
    [InlineData(DatabaseKind.Sqlite, 2_500_000)]
    public async Task A_flipped_bit_in_an_archive_is_found_before_anything_is_visible(DatabaseKind kind, long offset)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        Package package = await house.PackAsync(First);
        Flip(house.PathOf(First, First.ArchiveName(1)), offset);

        BarrierFailedException error = await Should.ThrowAsync<BarrierFailedException>(house.Node.PublishAsync(package));

        error.Key.Path.ShouldBe($"datasets/{First}/{First.ArchiveName(1)}");
        error.Offset.ShouldBe(offset / PackagedArchive.BlockLength * PackagedArchive.BlockLength);
        await NothingIsVisibleAsync(house);
    }

    [Fact]
    public async Task A_truncated_missing_or_swapped_file_is_found_before_anything_is_visible()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        Package package = await house.PackAsync(First, volumes: 2);
        string index = house.PathOf(First, First.EntriesName(1));
        Flip(index, 500);
        (await Should.ThrowAsync<BarrierFailedException>(house.Node.PublishAsync(package))).Message.ShouldContain("its SHA-256 is");
        Flip(index, 500);

        string archive = house.PathOf(First, First.ArchiveName(2));
        byte[] whole = await File.ReadAllBytesAsync(archive);
        await File.WriteAllBytesAsync(archive, whole[..^1]);
        (await Should.ThrowAsync<BarrierFailedException>(house.Node.PublishAsync(package))).Message.ShouldContain("it has 2999999 bytes, not 3000000 as written");

        File.Copy(house.PathOf(First, First.ArchiveName(1)), archive, overwrite: true);
        (await Should.ThrowAsync<BarrierFailedException>(house.Node.PublishAsync(package))).Offset.ShouldBe(0);

        File.Delete(archive);
        (await Should.ThrowAsync<BarrierFailedException>(house.Node.PublishAsync(package))).Message.ShouldContain("it is not there");
        await NothingIsVisibleAsync(house);

        await File.WriteAllBytesAsync(archive, whole);
        (await house.Node.PublishAsync(package)).Outcome.ShouldBe(PublicationOutcome.Published);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_run_that_lost_its_right_publishes_nothing(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        Package package = await house.PackAsync(First);

        await Should.ThrowAsync<TimeoutException>(house.Node.Publisher.PublishAsync(
            package, ReleaseHouse.Dataset(), DateTimeOffset.UnixEpoch, _ => throw new TimeoutException(), CancellationToken.None));

        await NothingIsVisibleAsync(house);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Openssl_and_sha256sum_accept_a_downloaded_release(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        await house.Node.PublishAsync(await house.PackAsync(First, volumes: 2));
        string folder = house.FolderOf(First);
        await File.WriteAllTextAsync(Path.Combine(folder, "key.pem"), (await house.Node.Keys.CurrentAsync(CancellationToken.None)).PublicPem);

        (await Tool.SucceedAsync(folder, "openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "SHA256SUMS.sig", "SHA256SUMS")).ShouldBe("Verified OK\n");
        string checks = await Tool.SucceedAsync(folder, "sha256sum", "-c", "--strict", "SHA256SUMS");

        checks.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(5);
        checks.ShouldContain("release.json: OK");
        checks.ShouldContain(First.ArchiveName(2) + ": OK");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Nodes_that_start_at_once_share_one_signing_key(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);

        SigningKey[] keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => house.NodeAt(TimeSpan.Zero).Keys.CurrentAsync(CancellationToken.None).AsTask())));

        keys.Select(key => key.PublicPem).Distinct(StringComparer.Ordinal).ShouldHaveSingleItem().ShouldStartWith("-----BEGIN PUBLIC KEY-----");
    }

    [Fact]
    public async Task A_key_file_of_the_settings_signs_instead()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        using TemporaryFolder folder = new();
        await Tool.SucceedAsync(folder.Path, "openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "private.pem");
        await Tool.SucceedAsync(folder.Path, "openssl", "ec", "-in", "private.pem", "-pubout", "-out", "public.pem");

        SigningKey key = await new ReleaseNode(house.Sql, house.Store, TimeProvider.System, folder["private.pem"]).Keys.CurrentAsync(CancellationToken.None);

        key.PublicPem.ShouldBe(await File.ReadAllTextAsync(folder["public.pem"]));
    }

    [Theory]
    [InlineData("20240102", "2024-01-02")]
    [InlineData("20240230", "2024-03-01")]
    [InlineData("2024-W01", "2024-03-01")]
    public void An_editions_date_is_in_its_id_or_the_day_it_was_ready_where_the_dataset_is_at_home(string edition, string expected) =>
        EditionDate.Of(edition, new DateTimeOffset(2024, 2, 29, 20, 0, 0, TimeSpan.Zero), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"))
            .ShouldBe(DateOnly.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));

    private static async Task NothingIsVisibleAsync(ReleaseHouse house)
    {
        await using DbConnection connection = await house.Sql.OpenAsync(CancellationToken.None);
        foreach (string table in (string[])["releases", "release_files", "release_archives", "dataset_heads", "changes"])
        {
            (await connection.QuerySingleAsync<long>($"SELECT count(*) FROM {table}")).ShouldBe(0, table);
        }
    }

    private static void Flip(string path, long offset)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 1));
    }
}
