using Amazon.S3.Model;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.S3;
using OpenData.Server.Storage;
using OpenData.Tests.Gateway;
using OpenData.Tests.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases.Scrubbing;

/// <summary>The same promises for archives in Ceph, and for second stores that are buckets and mirrors.</summary>
public sealed class ScrubCephTests(CephServer ceph) : IClassFixture<CephServer>, IAsyncLifetime
{
    private static readonly ReleaseId First = new("CN-TEST", "20240101", 1);
    private static readonly string Volume = First.ArchiveName(1);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => ceph.ClearAsync();

    [CephFact]
    public async Task Damage_in_a_bucket_is_found_and_repaired_from_a_folder()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Postgresql);
        await house.Node.PublishAsync(await house.PackAsync(First, bytes: 14_000_000));
        await UploadAsync(house);
        WatchedSecondStore second = new(new SecondBlobStore(house.Store));
        using ScrubNode node = new(house.Sql, S3BlobStoreTests.StoreWith(ceph.Options), second);
        (await node.RunAsync()).Values.ShouldAllBe(outcome => outcome.File.Result == ScrubResult.Good);
        byte[] damaged = await File.ReadAllBytesAsync(house.PathOf(First, Volume));
        damaged[9_000_000] ^= 0x80;
        await PutAsync(First, Volume, damaged);
        await ceph.Client.DeleteObjectAsync(ceph.Options.Bucket, BlobKey.Of(First, Manifest.SignatureName).Path);
        await PutAsync(First, First.EntriesName(1), new byte[999]);

        Dictionary<string, ScrubOutcome> found = await node.RunAsync();

        (found[First.Edition + "/" + Volume].File.Result, found[First.Edition + "/" + Volume].File.FirstBad).ShouldBe((ScrubResult.Damaged, 8 << 20));
        found[First.Edition + "/" + Manifest.SignatureName].File.Result.ShouldBe(ScrubResult.Missing);
        found[First.Edition + "/" + First.EntriesName(1)].File.Reason.ShouldBe("it has 999 bytes instead of 1000");
        (await node.RunAsync(repair: true)).Values.ShouldAllBe(outcome => outcome.File.Result == ScrubResult.Good);
        second.Asked.ShouldContain((Volume, 8 << 20, 4 << 20));
        second.Asked.Count.ShouldBe(3);
        (await node.RunAsync()).Values.ShouldAllBe(outcome => outcome.File.Result == ScrubResult.Good);
    }

    [CephFact]
    public async Task A_folder_is_repaired_from_a_bucket()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        await house.Node.PublishAsync(await house.PackAsync(First, bytes: 9_000_000));
        await UploadAsync(house);
        ScrubTests.Flip(house.PathOf(First, Volume), 8_999_999);
        File.Delete(house.PathOf(First, First.EntriesName(1)));
        using ScrubNode node = new(house.Sql, house.Store, new SecondBlobStore(S3BlobStoreTests.StoreWith(ceph.Options)));
        (await node.RunAsync(repair: true)).Values.ShouldAllBe(outcome => outcome.File.Result == ScrubResult.Good);
    }

    [CephFact]
    public async Task A_store_that_does_not_answer_proves_nothing_against_a_file()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        await house.Node.PublishAsync(await house.PackAsync(First, bytes: 3_000_000));
        await UploadAsync(house);
        await using FaultyProxy proxy = new(ceph.Options.ServiceUrl!);
        S3Options options = ceph.Options with { ServiceUrl = proxy.Url, Retries = 0, ReadIdleTimeout = TimeSpan.FromSeconds(5) };
        using ScrubNode node = new(house.Sql, S3BlobStoreTests.StoreWith(options));
        ScrubbedFile file = await node.FindAsync(Volume);
        foreach (Fault fault in (Fault[])[new Fault(Status: 500), new Fault(BreakAfter: 1_500_000), new Fault(StallAfter: 1_500_000)])
        {
            proxy.Rule = request => request.Method == "GET" ? fault : null;
            await Should.ThrowAsync<IOException>(async () => await node.Scrub.RunAsync(file, new ScrubThrottle(node.Time), true, null, default));
            (await node.FindAsync(Volume)).IsBad.ShouldBeFalse(fault.ToString());
        }
        proxy.Rule = _ => null;
        (await node.RunAsync()).Values.ShouldAllBe(outcome => outcome.File.Result == ScrubResult.Good);
    }

    [Fact]
    public async Task A_mirror_gives_back_the_pieces_that_are_bad_and_no_others()
    {
        await using GatewayHost mirror = await GatewayHost.StartAsync();
        (_, byte[] archive) = await mirror.PublishRandomAsync(14_000_000);
        using TemporaryFolder folder = new();
        ScrubTests.Copy(Path.Combine(mirror.Folder, "storage", BlobKey.Root), folder[BlobKey.Root]);
        string name = GatewayHost.Release().ArchiveName(1);
        string stored = folder[BlobKey.Of(GatewayHost.Release(), name).Path];
        ScrubTests.Flip(stored, 0);
        File.Delete(folder[BlobKey.Of(GatewayHost.Release(), Manifest.SignatureName).Path]);
        using MirrorStore second = new(new SecondStoreOptions { Kind = SecondStoreKind.Mirror, Url = new Uri(mirror.Url, "/files") });
        // The ledger of the damaged server is apart from the mirror's.
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite, migrate: false);
        await CopyDatabaseAsync(mirror, database);
        using ScrubNode node = new(database.Sql, FileBlobStore.Open(folder.Path), second);

        Dictionary<string, ScrubOutcome> outcomes = await node.RunAsync(repair: true);

        outcomes.Values.ShouldAllBe(outcome => outcome.File.Result == ScrubResult.Good);
        outcomes[GatewayHost.Edition + "/" + name].Repair!.What.ShouldContain("1 of 4 pieces");
        (await File.ReadAllBytesAsync(stored)).AsSpan().SequenceEqual(archive).ShouldBeTrue();
        await Eventually.TrueAsync(async () => (await mirror.JournalAsync()).Count == 2, "two requests reached the mirror");
        (await mirror.JournalAsync()).Select(line => line.Ranges).ShouldBe(["0-4194303", $"0-{await SizeAsync(folder) - 1}"], ignoreOrder: true);
    }

    private static Task<long> SizeAsync(TemporaryFolder folder) =>
        Task.FromResult(new FileInfo(folder[BlobKey.Of(GatewayHost.Release(), Manifest.SignatureName).Path]).Length);

    private static async Task CopyDatabaseAsync(GatewayHost host, TestDatabase to)
    {
        await using System.Data.Common.DbConnection connection = await host.Of<Server.Database.SqlDatabase>().OpenAsync(default);
        await Dapper.SqlMapper.ExecuteAsync(connection, "VACUUM INTO @path", new { path = to.Settings["OpenData__Database__Path"] });
    }

    private async Task UploadAsync(ReleaseHouse house)
    {
        foreach (ReleaseFile file in await house.Node.Queries.FilesAsync(First, default))
        {
            await PutAsync(First, file.Name, await File.ReadAllBytesAsync(house.PathOf(First, file.Name)));
        }
    }

    private async Task PutAsync(ReleaseId release, string name, byte[] content)
    {
        using MemoryStream stream = new(content);
        await ceph.Client.PutObjectAsync(new PutObjectRequest { BucketName = ceph.Options.Bucket, Key = BlobKey.Of(release, name).Path, InputStream = stream });
    }
}
