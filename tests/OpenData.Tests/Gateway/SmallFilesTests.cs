using System.Net;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Tests.Packaging;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

/// <summary>The small files of a release in one answer, on either lane.</summary>
public sealed class SmallFilesTests
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task They_come_as_a_tar_with_the_signed_ones_first(bool fastLane)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fastLane.ToString()));
        using TemporaryFolder folder = new();
        byte[] large = new byte[40_000];
        new Random(1).NextBytes(large);
        await host.PublishAsync(new SampleDelivery().With("CN1/CN1A.bin", large));
        ReleaseId id = GatewayHost.Release();

        using HttpResponseMessage answer = await host.SendAsync($"/files/{id}/small-files.tar");
        using HttpResponseMessage again = await host.SendAsync($"/files/{id}/{Manifest.FileName}");
        using HttpResponseMessage head = await host.SendAsync($"/files/{id}/small-files.tar", method: "HEAD");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        byte[] tar = await answer.Content.ReadAsByteArrayAsync();
        await File.WriteAllBytesAsync(folder["small.tar"], tar);
        await Tool.SucceedAsync(folder.Path, "tar", "-xf", "small.tar");
        (_, string listed) = await Tool.RunAsync(folder.Path, "tar", "-tf", "small.tar");
        listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe([Manifest.ChecksumsName, Manifest.SignatureName, Manifest.FileName, id.FindingsName, id.EntriesName(1)]);
        foreach (ReleaseFile file in await host.Of<ReleaseQueries>().FilesAsync(id, CancellationToken.None))
        {
            File.Exists(folder[file.Name]).ShouldBe(!file.Archive, file.Name);
            (file.Archive || Sha256Digest.Of(await File.ReadAllBytesAsync(folder[file.Name])) == file.Sha256).ShouldBeTrue(file.Name);
        }
        head.Content.Headers.ContentLength.ShouldBe(tar.Length);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Nobody_gets_them_who_does_not_get_the_files(bool fastLane)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fastLane.ToString()));
        ReleaseId id = GatewayHost.Release(GatewayHost.Registered);
        await host.PublishAsync(new SampleDelivery().With("CN1/CN1A.xml", "<a/>"), id);
        (_, string key) = await host.AccountAsync("ada");

        using HttpResponseMessage stranger = await host.SendAsync($"/files/{id}/small-files.tar");
        using HttpResponseMessage account = await host.SendAsync($"/files/{id}/small-files.tar", key);
        using HttpResponseMessage none = await host.SendAsync($"/files/{id with { Revision = 7 }}/small-files.tar", key);

        stranger.StatusCode.ShouldBe((await host.SendAsync($"/files/{id}/{Manifest.FileName}")).StatusCode);
        stranger.IsSuccessStatusCode.ShouldBeFalse();
        account.StatusCode.ShouldBe(HttpStatusCode.OK);
        none.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_small_release_comes_whole_and_its_archive_counts_as_a_download(bool fastLane)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fastLane.ToString()));
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        await host.PublishAsync(new SampleDelivery().With("CN1/CN1A.bin", bytes));
        ReleaseId id = GatewayHost.Release();

        using HttpResponseMessage answer = await host.SendAsync($"/files/{id}/small-release.tar");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        byte[] tar = await answer.Content.ReadAsByteArrayAsync();
        answer.Content.Headers.ContentLength.ShouldBe(tar.Length);
        await File.WriteAllBytesAsync(folder["whole.tar"], tar);
        await Tool.SucceedAsync(folder.Path, "tar", "-xf", "whole.tar");
        IReadOnlyList<ReleaseFile> files = await host.Of<ReleaseQueries>().FilesAsync(id, CancellationToken.None);
        foreach (ReleaseFile file in files)
        {
            Sha256Digest.Of(await File.ReadAllBytesAsync(folder[file.Name])).ShouldBe(file.Sha256, file.Name);
        }
        ReleaseFile archive = files.Single(f => f.Archive);
        await Eventually.TrueAsync(async () => (await host.JournalAsync()).Count == 2, "both are written");
        IReadOnlyList<JournalLine> lines = await host.JournalAsync();
        lines.ShouldAllBe(line => line.Outcome == "complete" && line.Status == 200 && line.Asked == line.Sent);
        lines.Single(line => line.File == archive.Name).Sent.ShouldBe(archive.Bytes);
        lines.Single(line => line.File == "small-release.tar").Sent.ShouldBe(tar.Length - archive.Bytes);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Of_a_release_that_is_not_small_only_the_small_files_come_together(bool fastLane)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fastLane.ToString()));
        byte[] bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        await host.PublishAsync(new SampleDelivery().With("CN1/CN1A.bin", bytes));
        ReleaseId id = GatewayHost.Release();

        byte[] small = await (await host.SendAsync($"/files/{id}/small-files.tar")).Content.ReadAsByteArrayAsync();
        byte[] whole = await (await host.SendAsync($"/files/{id}/small-release.tar")).Content.ReadAsByteArrayAsync();

        whole.ShouldBe(small);
        small.Length.ShouldBeLessThanOrEqualTo(SmallFiles.MostOfAll);
        await Eventually.TrueAsync(async () => (await host.JournalAsync()).Count == 2, "one for each answer");
    }

    [Fact]
    public void A_damaged_header_is_none()
    {
        byte[] header = TarHeader.Of("SHA256SUMS", 1234, DateTimeOffset.UnixEpoch);
        TarHeader.TryRead(header, out string name, out long bytes).ShouldBeTrue();
        (name, bytes).ShouldBe(("SHA256SUMS", 1234));
        for (int at = 0; at < TarHeader.Block; at++)
        {
            byte[] damaged = [.. header];
            damaged[at] ^= 0x11;
            TarHeader.TryRead(damaged, out _, out _).ShouldBeFalse($"byte {at}");
        }
        TarHeader.TryRead(new byte[TarHeader.Block], out _, out _).ShouldBeFalse();
    }
}
