using System.IO.Hashing;
using System.Net;
using Amazon.S3.Model;
using Microsoft.Extensions.DependencyInjection;
using OpenData.Format;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Storage;
using OpenData.Tests.Packaging;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

/// <summary>The same promises where archives are in Ceph: checked as they pass, or as they come into the gateway's cache, from where either lane takes them.</summary>
public sealed class S3GatewayTests(CephServer ceph) : IClassFixture<CephServer>
{
    [CephTheory, InlineData(false, false), InlineData(true, false), InlineData(true, true)]
    public async Task Files_ranges_and_entries_come_from_the_bucket(bool cached, bool fastLane)
    {
        await using GatewayHost host = await StartAsync(cached, fastLane);
        string xml = string.Concat(Enumerable.Repeat("<p>一种装置</p>\n", 50_000));
        byte[] image = new byte[3_500_000];
        new Random(3).NextBytes(image);
        await host.PublishAsync(new SampleDelivery().With("CN1/a.xml", xml).With("CN1/b.tif", image));
        string path = GatewayHost.PathOf(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1));
        byte[] archive = await ObjectAsync();

        // Ranges first, while no block is known to be good; each in a block or over some.
        foreach ((int first, int last) in new[] { (1_500_000, 1_500_010), (1_048_570, 1_048_580), (0, 0), (archive.Length - 1, archive.Length - 1), (500_000, 3_300_000) })
        {
            using HttpResponseMessage part = await host.SendAsync(path, null, "GET", ("Range", $"bytes={first}-{last}"));
            part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
            (await part.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(archive.AsSpan(first, last - first + 1)).ShouldBeTrue($"{first}-{last}");
        }
        (await host.Client.GetByteArrayAsync(path)).AsSpan().SequenceEqual(archive).ShouldBeTrue();
        (await host.Client.GetStringAsync(path + "/CN1/a.xml")).ShouldBe(xml);
        using HttpResponseMessage entry = await host.SendAsync(path + "/CN1/b.tif", null, "GET", ("Range", "bytes=1000000-2999999"));
        (await entry.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(image.AsSpan(1_000_000, 2_000_000)).ShouldBeTrue();
    }

    [CephTheory, InlineData(false), InlineData(true)]
    public async Task What_is_in_the_cache_is_not_asked_of_the_bucket_again_and_a_wrong_byte_in_it_is(bool fastLane)
    {
        await using GatewayHost host = await StartAsync(cached: true, fastLane);
        byte[] image = new byte[9_000_000];
        new Random(5).NextBytes(image);
        await host.PublishAsync(new SampleDelivery().With("CN1/b.tif", image), GatewayHost.Release(revision: 3));
        string name = GatewayHost.Release(revision: 3).ArchiveName(1);
        string path = GatewayHost.PathOf(GatewayHost.Release(revision: 3), name);
        byte[] archive = await ObjectAsync(3);
        byte[][] copies = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => host.Client.GetByteArrayAsync(path)));
        copies.All(copy => copy.AsSpan().SequenceEqual(archive)).ShouldBeTrue();
        ChunkCache cache = host.Of<ChunkCache>();
        cache.Fetched.ShouldBe(archive.Length);

        // A bit of the cache's disk flips; the file is opened afresh.
        await host.Of<OpenContents>().DisposeAsync();
        string cachedFile = Directory.EnumerateFiles(Path.Combine(host.Folder, "cache/blobs"), "*", SearchOption.AllDirectories).ShouldHaveSingleItem();
        byte[] damaged = await File.ReadAllBytesAsync(cachedFile);
        damaged[5_000_000] ^= 1;
        await File.WriteAllBytesAsync(cachedFile, damaged);
        StoredContent stored = new(BlobKey.Of(GatewayHost.Release(revision: 3), name), archive.Length, Sha256Digest.Of(archive), Blocks(archive));
        await using OpenContents reopened = ActivatorUtilities.CreateInstance<OpenContents>(host.Of<IServiceProvider>());
        using OpenContents.Lease lease = (await reopened.OpenAsync(stored, CancellationToken.None)).ShouldNotBeNull();
        await using ContentSource source = await lease.Content.ReadAsync(new Server.Gateway.Http.ByteRange(4_900_000, 200_000), CancellationToken.None);
        byte[] read = new byte[200_000];
        (await source.PrepareAsync(read.Length, CancellationToken.None)).ShouldBe(read.Length);
        await source.ReadAsync(read, CancellationToken.None);
        read.AsSpan().SequenceEqual(archive.AsSpan(4_900_000, 200_000)).ShouldBeTrue();
        cache.Fetched.ShouldBe(archive.Length + ChunkCache.ChunkLength);
    }

    [CephTheory, InlineData(false, false), InlineData(true, false), InlineData(true, true)]
    public async Task A_flipped_byte_in_the_bucket_ends_the_response_before_its_block_does(bool cached, bool fastLane)
    {
        await using GatewayHost host = await StartAsync(cached, fastLane);
        byte[] image = new byte[3_500_000];
        new Random(4).NextBytes(image);
        await host.PublishAsync(new SampleDelivery().With("CN1/b.tif", image), GatewayHost.Release(revision: 2));
        string name = GatewayHost.Release(revision: 2).ArchiveName(1);
        byte[] archive = await ObjectAsync(2);
        archive[2_500_000] ^= 1;
        using (MemoryStream damaged = new(archive))
        {
            await ceph.Client.PutObjectAsync(new PutObjectRequest { BucketName = ceph.Options.Bucket, Key = BlobKey.Of(GatewayHost.Release(revision: 2), name).Path, InputStream = damaged });
        }
        string path = GatewayHost.PathOf(GatewayHost.Release(revision: 2), name);
        using (HttpResponseMessage whole = await host.SendAsync(path))
        {
            // A chunk is judged as it comes into the cache, before the head is sent; a stream while it passes.
            whole.StatusCode.ShouldBe(cached ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
            if (!cached)
            {
                await Should.ThrowAsync<Exception>(async () => await whole.Content.ReadAsByteArrayAsync());
            }
        }
        (await host.ProblemAsync(path)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    private static byte[] Blocks(byte[] archive) =>
        [.. archive.Chunk(BlockChecks.BlockLength).SelectMany(block => XxHash128.Hash(block))];

    private Task<GatewayHost> StartAsync(bool cached, bool fastLane) => GatewayHost.StartAsync(
        ("OpenData:Storage:Cache:Size", cached ? "1 GiB" : "0 B"),
        ("OpenData:Gateway:FastLane", fastLane ? "true" : "false"),
        ("OpenData:Storage:Kind", "s3"),
        ("OpenData:Storage:S3:ServiceUrl", ceph.Options.ServiceUrl!.AbsoluteUri),
        ("OpenData:Storage:S3:Bucket", ceph.Options.Bucket),
        ("OpenData:Storage:S3:AccessKey", ceph.Options.AccessKey),
        ("OpenData:Storage:S3:SecretKey", ceph.Options.SecretKey));

    private async Task<byte[]> ObjectAsync(int revision = 1)
    {
        using GetObjectResponse answer = await ceph.Client.GetObjectAsync(
            ceph.Options.Bucket, BlobKey.Of(GatewayHost.Release(revision: revision), GatewayHost.Release(revision: revision).ArchiveName(1)).Path);
        using MemoryStream content = new();
        await answer.ResponseStream.CopyToAsync(content);
        return content.ToArray();
    }
}
