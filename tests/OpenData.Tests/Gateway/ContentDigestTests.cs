using System.Net;
using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Tests.Packaging;

namespace OpenData.Tests.Gateway;

/// <summary>Digest fields (RFC 9530): of the whole always, of the part for who asks.</summary>
public sealed class ContentDigestTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("bytes=0-4194303")]
    [InlineData("bytes=4194304-8388607")]
    [InlineData("bytes=8388608-")]
    [InlineData("bytes=1000-2999999")]
    [InlineData("bytes=-1")]
    [InlineData(null)]
    public async Task The_part_that_was_asked_for_has_its_own_digest_beside_that_of_the_whole(string? range)
    {
        (string path, byte[] archive) = await _host.PublishRandomAsync(9_000_000);
        using HttpResponseMessage response = await _host.SendAsync(path, null, "GET", [.. range is null ? [] : new[] { ("Range", range) }, ("Want-Content-Digest", "sha-512=3, sha-256=10")]);
        response.StatusCode.ShouldBe(range is null ? HttpStatusCode.OK : HttpStatusCode.PartialContent);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        response.Headers.GetValues("Content-Digest").ShouldHaveSingleItem().ShouldBe($"sha-256=:{Convert.ToBase64String(SHA256.HashData(body))}:");
        response.Headers.GetValues("Repr-Digest").ShouldHaveSingleItem().ShouldBe(ContentDigest.Format(Sha256Digest.Of(archive)));
    }

    [Fact]
    public async Task Entries_have_it_too_and_nobody_gets_it_unasked()
    {
        await _host.PublishAsync(new SampleDelivery().With("CN1/CN1A.xml", "<a>text</a>"));
        string entry = GatewayHost.PathOf(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1)) + "/CN1/CN1A.xml";
        using HttpResponseMessage asked = await _host.SendAsync(entry, null, "GET", ("Want-Content-Digest", "sha-256=1"));
        asked.Headers.GetValues("Content-Digest").ShouldHaveSingleItem().ShouldBe(ContentDigest.Format(Sha256Digest.Of("<a>text</a>"u8)));
        foreach (string wish in new[] { "sha-512=10", "sha-256=0", "sha-256", "md5=1" })
        {
            using HttpResponseMessage other = await _host.SendAsync(entry, null, "GET", ("Want-Content-Digest", wish));
            other.Headers.Contains("Content-Digest").ShouldBeFalse(wish);
        }
    }
}
