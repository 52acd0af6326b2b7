using System.Net;
using Amazon.S3.Model;
using OpenData.Server.Storage;
using OpenData.Tests.Packaging;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

/// <summary>The same promises where archives are in Ceph: no local file, checked as they pass.</summary>
public sealed class S3GatewayTests(CephServer ceph) : IClassFixture<CephServer>
{
    [CephFact]
    public async Task Files_ranges_and_entries_come_from_the_bucket()
    {
        await using GatewayHost host = await StartAsync();
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

    [CephFact]
    public async Task A_flipped_byte_in_the_bucket_ends_the_response_before_its_block_does()
    {
        await using GatewayHost host = await StartAsync();
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
            await Should.ThrowAsync<Exception>(async () => await whole.Content.ReadAsByteArrayAsync());
        }
        (await host.ProblemAsync(path)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    private Task<GatewayHost> StartAsync() => GatewayHost.StartAsync(
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
