using Amazon.S3.Model;
using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Server.S3;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Storage;

[NeedsCeph]
public sealed class S3BlobStoreTests(CephServer ceph) : BlobStoreContract, IClassFixture<CephServer>, IAsyncLifetime
{
    protected override BlobStore Store { get; } = StoreWith(ceph.Options);

    protected override async Task<IReadOnlyList<string>> LeftoversAsync()
    {
        ListMultipartUploadsResponse uploads = await ceph.Client.ListMultipartUploadsAsync(ceph.Options.Bucket);
        ListObjectsV2Response probes = await ceph.Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = ceph.Options.Bucket, Prefix = ".probe" });
        return [.. (uploads.MultipartUploads ?? []).Select(u => u.Key), .. (probes.S3Objects ?? []).Select(o => o.Key)];
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => ceph.ClearAsync();

    internal static S3BlobStore StoreWith(S3Options options, TimeProvider? time = null) => new(
        new S3Connection(
            options with { ServiceUrl = options.ServiceUrl ?? new Uri("http://nowhere.invalid") }, "OpenData:Storage:S3",
            (place, why, cause) => new BlobStoreUnavailableException(place, why, cause), time ?? TimeProvider.System, NullLogger.Instance),
        NullLogger<S3BlobStore>.Instance);

    [CephFact]
    public async Task An_open_reader_refuses_the_bytes_of_another_version()
    {
        await WriteAsync(Key, Bytes(1000));
        await using BlobReader reader = (await Store.OpenAsync(Key, CancellationToken.None))!;

        await WriteAsync(Key, Bytes(1000, seed: 2));
        await Should.ThrowAsync<S3ObjectChangedException>(() => reader.ReadAsync(0, 10, CancellationToken.None));

        await Store.DeleteAsync(Key, CancellationToken.None);
        await Should.ThrowAsync<S3ObjectChangedException>(() => reader.ReadAsync(0, 10, CancellationToken.None));
    }

    [CephFact]
    public async Task Uploads_that_killed_processes_left_are_aborted_once_they_are_old_and_others_in_the_bucket_are_not_touched()
    {
        await ceph.Client.InitiateMultipartUploadAsync(ceph.Options.Bucket, Key.Path);
        await ceph.Client.InitiateMultipartUploadAsync(ceph.Options.Bucket, "foreign");

        (await Store.ClearUnfinishedAsync(TimeSpan.FromHours(1), CancellationToken.None)).ShouldBe(0);
        (await Store.ClearUnfinishedAsync(TimeSpan.FromSeconds(-10), CancellationToken.None)).ShouldBe(1);

        (await LeftoversAsync()).ShouldBe(["foreign"]);
    }

    [CephFact]
    public async Task A_missing_bucket_is_named_with_how_to_make_it()
    {
        S3BlobStore store = StoreWith(ceph.Options with { Bucket = "no-such-bucket" });

        BlobStoreUnavailableException error = await Should.ThrowAsync<BlobStoreUnavailableException>(() => store.ProbeAsync(CancellationToken.None));
        error.Message.ShouldContain("the bucket 'no-such-bucket' does not exist");
        error.Message.ShouldContain("aws s3 mb s3://no-such-bucket");
        error.Message.ShouldContain("OpenData:Storage:S3:CreateBucket");
        await Should.ThrowAsync<BlobStoreUnavailableException>(() => store.OpenAsync(Key, CancellationToken.None));
    }

    [CephFact]
    public async Task A_bucket_is_made_where_the_settings_say_so()
    {
        string bucket = "made-" + Guid.NewGuid().ToString("N");
        await StoreWith(ceph.Options with { Bucket = bucket, CreateBucket = true }).ProbeAsync(CancellationToken.None);

        await ceph.Client.DeleteBucketAsync(bucket);
    }

    [CephFact]
    public async Task Refused_credentials_are_told_without_the_secret()
    {
        foreach (S3Options wrong in (S3Options[])[ceph.Options with { SecretKey = "wrongsecret" }, ceph.Options with { AccessKey = "wrongkey" }])
        {
            BlobStoreUnavailableException error =
                await Should.ThrowAsync<BlobStoreUnavailableException>(() => StoreWith(wrong).ProbeAsync(CancellationToken.None));
            error.Message.ShouldContain("credentials were refused");
            error.Message.ShouldContain("OpenData:Storage:S3:SecretKey");
            error.ToString().ShouldNotContain(wrong.SecretKey);
        }
    }

    [Fact]
    public async Task A_refused_connection_is_told_with_the_address()
    {
        S3BlobStore store = StoreWith(new S3Options { ServiceUrl = new Uri("http://127.0.0.1:1"), Bucket = "b", AccessKey = "a", SecretKey = "s", Retries = 1, RetryDelay = TimeSpan.FromMilliseconds(1) });

        BlobStoreUnavailableException error = await Should.ThrowAsync<BlobStoreUnavailableException>(() => store.ProbeAsync(CancellationToken.None));
        error.Message.ShouldContain("http://127.0.0.1:1");
        error.Message.ShouldContain("ConnectionRefused");
        (await Should.ThrowAsync<BlobStoreUnavailableException>(() => store.OpenAsync(Key, CancellationToken.None))).Place.ShouldBe("http://127.0.0.1:1/b");
    }
}
