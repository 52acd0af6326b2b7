using OpenData.Format;
using OpenData.Server.S3;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Storage;

/// <summary>A network and a service that fail, in front of a real store.</summary>
public sealed class S3FaultTests : IClassFixture<CephServer>, IAsyncLifetime
{
    private const int Part = 5 << 20;

    private static readonly BlobKey Key = BlobKey.Of(new ReleaseId("CN-PA-TXTS-10-A", "20240102", 1), "blob.zip");

    private readonly CephServer ceph;
    private readonly FaultyProxy proxy;
    private readonly S3Options options;
    private readonly S3BlobStore store;

    public S3FaultTests(CephServer ceph)
    {
        this.ceph = ceph;
        proxy = new FaultyProxy(ceph.Options.ServiceUrl ?? new Uri("http://127.0.0.1:1"));
        options = ceph.Options with { ServiceUrl = proxy.Url, Retries = 3, RetryDelay = TimeSpan.FromMilliseconds(1) };
        store = S3BlobStoreTests.StoreWith(options);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await proxy.DisposeAsync();
        await ceph.ClearAsync();
    }

    private static byte[] Bytes(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private async Task WriteAsync(byte[] bytes)
    {
        await using BlobWriter writer = await store.CreateAsync(Key, CancellationToken.None);
        await writer.WriteAsync(bytes, CancellationToken.None);
        await writer.CommitAsync(CancellationToken.None);
    }

    private async Task<byte[]> ReadAsync(long offset, long length, S3BlobStore? other = null)
    {
        await using BlobReader reader = (await (other ?? store).OpenAsync(Key, CancellationToken.None))!;
        await using Stream stream = await reader.ReadAsync(offset, length, CancellationToken.None);
        using MemoryStream all = new();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    private string[] Ranges() => [.. proxy.Requests.Where(r => r.Method == "GET").Select(r => r.Header("Range")!)];

    [CephFact]
    public async Task A_body_that_breaks_off_is_resumed_at_the_byte_where_it_broke()
    {
        byte[] bytes = Bytes(3_000_000);
        await WriteAsync(bytes);
        proxy.Rule = request => request.Method == "GET" ? new Fault(BreakAfter: 700_001) : null;

        (await ReadAsync(1000, 2_900_000)).AsSpan().SequenceEqual(bytes.AsSpan(1000, 2_900_000)).ShouldBeTrue();

        Ranges().ShouldBe(["bytes=1000-2900999", "bytes=701001-2900999", "bytes=1401002-2900999", "bytes=2101003-2900999", "bytes=2801004-2900999"]);
        proxy.Requests.Where(r => r.Method == "GET").ShouldAllBe(r => r.Header("If-Match") != null);
    }

    [CephFact]
    public async Task A_silent_body_is_given_up_and_resumed()
    {
        byte[] bytes = Bytes(300_000);
        await WriteAsync(bytes);
        proxy.Rule = FaultyProxy.Times(2, r => r.Method == "GET", new Fault(StallAfter: 100_000));

        (await ReadAsync(0, 300_000, S3BlobStoreTests.StoreWith(options with { ReadIdleTimeout = TimeSpan.FromSeconds(3) }))).AsSpan().SequenceEqual(bytes).ShouldBeTrue();

        Ranges().ShouldBe(["bytes=0-299999", "bytes=100000-299999", "bytes=200000-299999"]);
    }

    [CephFact]
    public async Task A_server_that_never_sends_a_byte_is_given_up_after_the_last_try()
    {
        await WriteAsync(Bytes(1000));
        proxy.Rule = request => request.Method == "GET" ? new Fault(BreakAfter: 0) : null;

        IOException error = await Should.ThrowAsync<IOException>(() => ReadAsync(100, 900));

        error.Message.ShouldContain(Key.Path);
        error.Message.ShouldContain("byte 100");
        Ranges().Length.ShouldBe(1 + options.Retries);
    }

    [CephFact]
    public async Task Overload_is_waited_out_when_reading()
    {
        await WriteAsync(Bytes(1000));
        proxy.Rule = FaultyProxy.Times(3, r => r.Method == "GET", new Fault(Status: 503));

        (await ReadAsync(0, 1000)).ShouldBe(Bytes(1000));
    }

    [CephFact]
    public async Task A_blob_that_is_replaced_between_a_break_and_its_resumption_fails_the_read()
    {
        await WriteAsync(Bytes(200_000));
        await using BlobReader reader = (await store.OpenAsync(Key, CancellationToken.None))!;
        proxy.Rule = request => request.Method == "GET" ? new Fault(BreakAfter: 50_000) : null;
        await using Stream stream = await reader.ReadAsync(0, 200_000, CancellationToken.None);
        byte[] read = new byte[50_000];
        await stream.ReadExactlyAsync(read);

        await WriteAsync(Bytes(200_000, seed: 2));

        read.ShouldBe(Bytes(200_000)[..50_000]);
        await Should.ThrowAsync<S3ObjectChangedException>(async () => await stream.ReadExactlyAsync(new byte[1]));
    }

    [CephFact]
    public async Task Uploads_are_tried_again_on_faults_of_every_step()
    {
        byte[] bytes = Bytes((2 * Part) + 5);
        foreach (string step in (string[])["POST uploads", "PUT partNumber=1", "PUT partNumber=3", "POST uploadId", "HEAD "])
        {
            string[] words = step.Split(' ');
            proxy.Rule = FaultyProxy.Times(3, r => r.Method == words[0] && r.Target.Contains(words[1], StringComparison.Ordinal), new Fault(Status: 500));
            await WriteAsync(bytes);

            proxy.Rule = _ => null;
            (await ReadAsync(0, bytes.Length)).AsSpan().SequenceEqual(bytes).ShouldBeTrue(step);
        }
    }

    [CephFact]
    public async Task A_completion_whose_answer_was_lost_is_found_to_have_happened()
    {
        byte[] bytes = Bytes(Part + 1);
        proxy.Rule = FaultyProxy.Times(1, r => r.Method == "POST" && r.Target.Contains("uploadId", StringComparison.Ordinal), new Fault(BreakAfter: 0));

        await WriteAsync(bytes);

        (await ReadAsync(0, bytes.Length)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [CephFact]
    public async Task A_store_that_stays_away_fails_the_write_and_leaves_nothing()
    {
        proxy.Rule = request => request.Target.Contains("partNumber=2", StringComparison.Ordinal) ? new Fault(Status: 503) : null;

        await Should.ThrowAsync<BlobStoreUnavailableException>(() => WriteAsync(Bytes(3 * Part)));

        (await store.OpenAsync(Key, CancellationToken.None)).ShouldBeNull();
        (await ceph.Client.ListMultipartUploadsAsync(ceph.Options.Bucket)).MultipartUploads.ShouldBeNull();
    }

    [CephFact]
    public async Task A_fault_that_will_not_pass_is_not_tried_again()
    {
        proxy.Rule = request => request.Method == "PUT" ? new Fault(Status: 403) : null;

        await Should.ThrowAsync<BlobStoreUnavailableException>(() => WriteAsync(Bytes(10)));

        proxy.Requests.Count(r => r.Method == "PUT").ShouldBe(1);
    }

    [CephFact]
    public async Task Every_body_that_is_uploaded_carries_its_checksum()
    {
        await WriteAsync(Bytes(10));
        await WriteAsync(Bytes(Part + 1));

        proxy.Requests.Where(r => r.Method == "PUT").ShouldAllBe(r => r.Header("Content-MD5") != null);
        proxy.Requests.Count(r => r.Method == "PUT").ShouldBe(3);
    }
}
