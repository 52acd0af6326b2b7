using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases.Scrubbing;

public sealed class ScrubTests
{
    private static readonly ReleaseId First = new("CN-TEST", "20240101", 1);
    private static readonly ReleaseId Other = new("CN-TEST", "20240108", 1);
    private static readonly string Volume = First.ArchiveName(1);

    [Theory, OnSqlite, OnPostgres]
    public async Task Every_flipped_truncated_swapped_and_deleted_file_is_found_and_its_place_named(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        using ScrubNode node = new(house.Sql, house.Store);
        await house.Node.PublishAsync(await house.PackAsync(First, seed: 1, volumes: 3, bytes: 10_000_000));
        await house.Node.PublishAsync(await house.PackAsync(Other, seed: 2, bytes: 10_000_000));
        (await node.RunAsync()).Values.ShouldAllBe(outcome => outcome.File.Result == ScrubResult.Good && outcome.Ended);
        (await node.Ledger.VersionAsync(default)).ShouldBe(0, "nothing became bad");

        Flip(house.PathOf(First, Volume), 2_500_000);
        Flip(house.PathOf(First, Volume), 2_600_000); // the same block
        Flip(house.PathOf(First, Volume), 9_999_999); // the last byte
        Truncate(house.PathOf(First, First.ArchiveName(2)), 9_999_999);
        Swap(house.PathOf(First, First.ArchiveName(3)), house.PathOf(Other, Other.ArchiveName(1)));
        File.Delete(house.PathOf(First, First.EntriesName(1)));
        Flip(house.PathOf(First, Manifest.ChecksumsName), 7);
        Dictionary<string, ScrubOutcome> found = await node.RunAsync();

        ScrubbedFile flipped = found[First.Edition + "/" + Volume].File;
        (flipped.Result, flipped.BadBlocks, flipped.FirstBad).ShouldBe((ScrubResult.Damaged, 2, 2 << 20));
        flipped.Reason.ShouldNotBeNull().ShouldContain("the block of 1 MiB at byte 2097152");
        ScrubbedFile truncated = found[First.Edition + "/" + First.ArchiveName(2)].File;
        (truncated.Result, truncated.FirstBad).ShouldBe((ScrubResult.Damaged, 9_999_999));
        truncated.Reason.ShouldBe("it has 9999999 bytes instead of 10000000");
        found[First.Edition + "/" + First.ArchiveName(3)].File.BadBlocks.ShouldBe(10);
        found[Other.Edition + "/" + Other.ArchiveName(1)].File.BadBlocks.ShouldBe(10);
        found[First.Edition + "/" + First.EntriesName(1)].File.Result.ShouldBe(ScrubResult.Missing);
        found[First.Edition + "/" + Manifest.ChecksumsName].File.Result.ShouldBe(ScrubResult.Damaged);
        found.Values.Count(outcome => outcome.File.IsBad).ShouldBe(6);
        (await node.Ledger.TotalsAsync(null, default)).Bad.ShouldBe(6);
        (await node.Ledger.ChangesAsync(0, default)).Select(change => change.Version).ShouldBe([1, 2, 3, 4, 5, 6]);

        Swap(house.PathOf(First, First.ArchiveName(3)), house.PathOf(Other, Other.ArchiveName(1)));
        await node.RunAsync();
        (await node.FindAsync(First.ArchiveName(3))).Result.ShouldBe(ScrubResult.Good);
        (await node.FindAsync(First.ArchiveName(3))).Reason.ShouldBeNull();
        (await node.Ledger.TotalsAsync(null, default)).Bad.ShouldBe(4);
        (await node.Ledger.ChangesAsync(6, default)).ShouldAllBe(change => !change.IsBad);
    }

    [Fact]
    public async Task The_first_bad_block_is_on_record_before_the_file_is_read_to_its_end()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        using ScrubNode node = new(house.Sql, house.Store);
        await house.Node.PublishAsync(await house.PackAsync(First, bytes: 10_000_000));
        Flip(house.PathOf(First, Volume), 1);
        ScrubOutcome outcome = await node.Scrub.RunAsync(await node.FindAsync(Volume), new ScrubThrottle(node.Time), false, () => Task.FromResult(false), default);
        outcome.Ended.ShouldBeFalse("it was stopped where it may be, at the first bad block");
        ScrubbedFile recorded = await node.FindAsync(Volume);
        (recorded.Result, recorded.Position, recorded.BadBlocks).ShouldBe((ScrubResult.Damaged, 1 << 20, 1));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_pass_goes_on_where_another_process_stopped_and_remembers_what_that_found(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        SteppingTime time = new();
        using ScrubNode killed = new(house.Sql, house.Store, time: time);
        await house.NodeAt(TimeSpan.Zero).PublishAsync(await house.PackAsync(First, bytes: 10_000_000));
        Flip(house.PathOf(First, Volume), 1_500_000);
        int asked = 0;
        ScrubbedFile file = await killed.FindAsync(Volume);

        // Stopped at the second time it asks: after the bad block, and then ten seconds later.
        await killed.Scrub.RunAsync(file, new ScrubThrottle(time), false, () => Task.FromResult(++asked < 2), default);
        DateTimeOffset began = (await killed.FindAsync(Volume)).StartedAt.ShouldNotBeNull();

        using ScrubNode next = new(house.Sql, house.Store, time: time);
        ScrubbedFile half = (await next.Ledger.DueAsync(null, DateTimeOffset.MinValue, DateTimeOffset.MinValue, 10, default)).ShouldHaveSingleItem();
        half.Name.ShouldBe(Volume);
        half.Position.ShouldBeInRange(3 << 20, 9 << 20);
        ScrubThrottle rest = new(time);
        ScrubOutcome outcome = await next.Scrub.RunAsync(half, rest, false, null, default);

        rest.Bytes.ShouldBe(10_000_000 - half.Position);
        outcome.Ended.ShouldBeTrue();
        (outcome.File.Result, outcome.File.BadBlocks, outcome.File.FirstBad).ShouldBe((ScrubResult.Damaged, 1, 1 << 20));
        outcome.File.SeenAt.ShouldBe(began, "all of it was read since the pass began, and not later");
        (await next.FindAsync(Volume)).Position.ShouldBe(0);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_repair_fetches_only_the_bad_pieces_and_gives_the_file_new_bytes_at_once(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        using TemporaryFolder other = new();
        await house.Node.PublishAsync(await house.PackAsync(First, bytes: 14_000_000));
        Copy(house.DatasetsFolder, other[BlobKey.Root]);
        WatchedSecondStore second = new(new SecondBlobStore(FileBlobStore.OpenToRead(other.Path)));
        using ScrubNode node = new(house.Sql, house.Store, second);
        byte[] published = await File.ReadAllBytesAsync(house.PathOf(First, Volume));
        Flip(house.PathOf(First, Volume), 5_000_000);
        Flip(house.PathOf(First, Volume), 13_999_999);
        File.Delete(house.PathOf(First, First.EntriesName(1)));
        await using FileStream open = File.OpenRead(house.PathOf(First, Volume));

        Dictionary<string, ScrubOutcome> outcomes = await node.RunAsync(repair: true);

        outcomes.Values.ShouldAllBe(outcome => outcome.File.Result == ScrubResult.Good);
        second.Asked.Order().ShouldBe(
            ((string, long, long)[])[(Volume, 4 << 20, 4 << 20), (Volume, 12 << 20, 14_000_000 - (12 << 20)), (First.EntriesName(1), 0, 1000)], ignoreOrder: true);
        (await File.ReadAllBytesAsync(house.PathOf(First, Volume))).AsSpan().SequenceEqual(published).ShouldBeTrue();
        open.Position = 5_000_000;
        open.ReadByte().ShouldBe(published[5_000_000] ^ 1, "whoever reads the old bytes goes on reading the old bytes, and never a mixture");
        ScrubChange change = (await node.Ledger.ChangesAsync(0, default)).Single(c => c.Name == Volume);
        change.Result.ShouldBe(ScrubResult.Good);
        outcomes[First.Edition + "/" + Volume].Repair!.What.ShouldContain("2 of 4 pieces");
    }

    [Fact]
    public async Task A_second_store_that_is_damaged_too_changes_nothing()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        using TemporaryFolder other = new();
        await house.Node.PublishAsync(await house.PackAsync(First, bytes: 9_000_000));
        Flip(house.PathOf(First, Volume), 5_000_000);
        Flip(house.PathOf(First, First.EntriesName(1)), 5);
        Copy(house.DatasetsFolder, other[BlobKey.Root]);
        using ScrubNode node = new(house.Sql, house.Store, new SecondBlobStore(FileBlobStore.OpenToRead(other.Path)));
        byte[] before = await File.ReadAllBytesAsync(house.PathOf(First, Volume));

        ScrubOutcome outcome = (await node.RunAsync(repair: true))[First.Edition + "/" + Volume];

        outcome.Repair.ShouldNotBeNull().Done.ShouldBeFalse();
        outcome.Repair.What.ShouldContain("piece 1 of");
        outcome.Repair.What.ShouldContain(other.Path);
        (await node.FindAsync(Volume)).Result.ShouldBe(ScrubResult.Damaged);
        (await node.FindAsync(First.EntriesName(1))).Result.ShouldBe(ScrubResult.Damaged);
        (await File.ReadAllBytesAsync(house.PathOf(First, Volume))).AsSpan().SequenceEqual(before).ShouldBeTrue();
        Directory.GetFiles(Path.Combine(house.DatasetsFolder, "../.writing")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_release_that_is_withdrawn_meanwhile_is_not_brought_back()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        using TemporaryFolder other = new();
        await house.Node.PublishAsync(await house.PackAsync(First, bytes: 9_000_000));
        Copy(house.DatasetsFolder, other[BlobKey.Root]);
        File.Delete(house.PathOf(First, Volume));
        WatchedSecondStore second = new(new SecondBlobStore(FileBlobStore.OpenToRead(other.Path)));
        second.Before = () => house.Node.Withdrawals.WithdrawAsync(First, "a court said so", default);
        using ScrubNode node = new(house.Sql, house.Store, second);

        ScrubOutcome outcome = (await node.RunAsync(repair: true))[First.Edition + "/" + Volume];

        outcome.Repair.ShouldNotBeNull().What.ShouldContain("withdrawn");
        File.Exists(house.PathOf(First, Volume)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_the_database_knows_by_heart_needs_no_second_store()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        using ScrubNode node = new(house.Sql, house.Store);
        await house.Node.PublishAsync(await house.PackAsync(First));
        string[] names = [Manifest.FileName, Manifest.ChecksumsName];
        byte[][] before = [.. names.Select(name => File.ReadAllBytes(house.PathOf(First, name)))];
        File.Delete(house.PathOf(First, Manifest.FileName));
        Flip(house.PathOf(First, Manifest.ChecksumsName), 3);
        File.Delete(house.PathOf(First, Manifest.SignatureName));

        Dictionary<string, ScrubOutcome> outcomes = await node.RunAsync(repair: true);

        names.Select(name => File.ReadAllBytes(house.PathOf(First, name))).ShouldBe(before);
        outcomes[First.Edition + "/" + Manifest.SignatureName].Repair.ShouldNotBeNull().What.ShouldContain("OpenData:Storage:Second", Case.Sensitive, "a signature cannot be made again with the same bytes");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Checksums_on_record_that_are_wrong_are_put_right_by_the_SHA_256(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        using ScrubNode node = new(house.Sql, house.Store);
        Package package = await house.PackAsync(First, bytes: 5_500_000);
        await house.Node.PublishAsync(package);
        byte[] blocks = package.Archives[0].Blocks;
        foreach (byte[] wrong in (byte[][])[[.. blocks.Select((b, i) => i == 20 ? (byte)(b ^ 1) : b)], blocks[..32], []])
        {
            await using (DbConnection connection = await house.Sql.OpenAsync(default))
            {
                await connection.ExecuteAsync("UPDATE release_archives SET blocks = @wrong", new { wrong });
            }
            (await node.RunAsync()).Values.ShouldAllBe(outcome => outcome.File.Result == ScrubResult.Good);
            (await house.Node.Queries.ArchiveAsync(First, Volume, default))!.Blocks.ShouldBe(blocks);
        }
        (await node.Ledger.VersionAsync(default)).ShouldBe(3, "gateways that have them must ask again");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task What_a_gateway_suspects_is_read_next_and_no_pass_under_way_hides_it(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        using ScrubNode node = new(house.Sql, house.Store);
        await house.Node.PublishAsync(await house.PackAsync(First, bytes: 3_000_000));
        ScrubbedFile before = await node.FindAsync(Volume);
        await node.Ledger.SuspectAsync(First, Volume, "a block differs", default);
        long version = await node.Ledger.VersionAsync(default);
        await node.Ledger.SuspectAsync(First, Volume, "a block differs", default);
        (await node.Ledger.VersionAsync(default)).ShouldBe(version, "it is known already");

        ScrubbedFile due = (await node.Ledger.DueAsync(null, DateTimeOffset.MinValue, DateTimeOffset.MinValue, 10, default)).ShouldHaveSingleItem();
        (due.Name, due.Result, due.Reason).ShouldBe((Volume, ScrubResult.Suspect, "a block differs"));
        (await node.Scrub.RunAsync(before, new ScrubThrottle(node.Time), false, null, default)).Ended.ShouldBeFalse("that pass began before the suspicion");
        (await node.FindAsync(Volume)).Result.ShouldBe(ScrubResult.Suspect);
        (await node.Scrub.RunAsync(due, new ScrubThrottle(node.Time), false, null, default)).File.Result.ShouldBe(ScrubResult.Good);
        (await node.FindAsync(Volume)).Result.ShouldBe(ScrubResult.Good);

        // What is known to be bad stays bad.
        File.Delete(house.PathOf(First, Volume));
        await node.RunAsync();
        await node.Ledger.SuspectAsync(First, Volume, "it is not there", default);
        (await node.FindAsync(Volume)).Result.ShouldBe(ScrubResult.Missing);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task One_worker_at_a_time_has_the_turn_and_a_dead_one_loses_it(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        FakeTime time = new();
        ScrubLedger ledger = new(house.Sql, time);
        (await ledger.TakeTurnAsync("a", default)).ShouldBeTrue();
        (await ledger.TakeTurnAsync("b", default)).ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(50));
        (await ledger.TakeTurnAsync("a", default)).ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(50));
        (await ledger.TakeTurnAsync("b", default)).ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(11));
        (await ledger.TakeTurnAsync("b", default)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_worker_reads_everything_within_the_interval_and_repairs_what_it_finds()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        using TemporaryFolder other = new();
        await house.Node.PublishAsync(await house.PackAsync(First, volumes: 2, bytes: 3_000_000));
        Copy(house.DatasetsFolder, other[BlobKey.Root]);
        LaterTime time = new();
        using ScrubNode node = new(house.Sql, house.Store, new SecondBlobStore(FileBlobStore.OpenToRead(other.Path)), time);
        Flip(house.PathOf(First, Volume), 2_000_000);
        DateTimeOffset start = time.GetUtcNow();
        using ScrubService service = node.Service(new ScrubOptions { Interval = TimeSpan.FromHours(1) });
        await service.StartAsync(default);

        // Time goes by a minute at a time.
        int minutes = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                time.Advance(TimeSpan.FromMinutes(1));
                minutes++;
                return (await node.Ledger.TotalsAsync(null, default)).Oldest > start;
            },
            "every file was read");
        await service.StopAsync(default);

        minutes.ShouldBeLessThanOrEqualTo(60);
        minutes.ShouldBeGreaterThan(6, "a tenth of the interval after they were published they are left alone");
        (await node.FindAsync(Volume)).Result.ShouldBe(ScrubResult.Good);
        (await node.Ledger.ChangesAsync(0, default)).ShouldHaveSingleItem().Name.ShouldBe(Volume, "it was bad and is good");
        Sha256Digest.Of(await File.ReadAllBytesAsync(house.PathOf(First, Volume))).ShouldBe((await node.FindAsync(Volume)).Sha256);
    }

    internal static void Flip(string path, long offset)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 1));
    }

    internal static void Copy(string from, string to)
    {
        foreach (string path in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }
    }

    private static void Truncate(string path, long length)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write);
        file.SetLength(length);
    }

    private static void Swap(string a, string b)
    {
        File.Move(a, a + "~");
        File.Move(b, a);
        File.Move(a + "~", b);
    }

    /// <summary>Two seconds pass between two looks at this clock.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private DateTimeOffset _now = System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => _now += TimeSpan.FromSeconds(2);
    }

    /// <summary>A clock that begins where the wall's is, since files were published by that.</summary>
    private sealed class LaterTime : TimeProvider
    {
        private readonly FakeTime _fake = new();
        private readonly TimeSpan _ahead;

        public LaterTime() => _ahead = System.GetUtcNow() - _fake.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => _fake.GetUtcNow() + _ahead;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _fake.CreateTimer(callback, state, dueTime, period);

        public void Advance(TimeSpan by) => _fake.Advance(by);
    }
}
