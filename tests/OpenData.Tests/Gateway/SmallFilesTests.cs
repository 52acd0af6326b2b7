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
    public async Task They_come_as_a_cpio_archive_with_the_signed_ones_first(bool fastLane)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fastLane.ToString()));
        using TemporaryFolder folder = new();
        byte[] large = new byte[40_000];
        new Random(1).NextBytes(large);
        await host.PublishAsync(new SampleDelivery().With("CN1/CN1A.bin", large));
        ReleaseId id = GatewayHost.Release();

        using HttpResponseMessage answer = await host.SendAsync($"/files/{id}/small-files.cpio");
        using HttpResponseMessage again = await host.SendAsync($"/files/{id}/{Manifest.FileName}");
        using HttpResponseMessage head = await host.SendAsync($"/files/{id}/small-files.cpio", method: "HEAD");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        byte[] cpio = await answer.Content.ReadAsByteArrayAsync();
        await File.WriteAllBytesAsync(folder["small.cpio"], cpio);
        await Tool.SucceedAsync(folder.Path, "7z", "x", "-y", "small.cpio");
        string listed = await Tool.SucceedAsync(folder.Path, "7z", "l", "-ba", "-slt", "small.cpio");
        listed.Split('\n').Where(line => line.StartsWith("Path = ", StringComparison.Ordinal)).Select(line => line["Path = ".Length..]).ShouldBe([Manifest.ChecksumsName, Manifest.SignatureName, Manifest.FileName, id.FindingsName, id.EntriesName(1)]);
        foreach (ReleaseFile file in await host.Of<ReleaseQueries>().FilesAsync(id, CancellationToken.None))
        {
            File.Exists(folder[file.Name]).ShouldBe(!file.Archive, file.Name);
            (file.Archive || Sha256Digest.Of(await File.ReadAllBytesAsync(folder[file.Name])) == file.Sha256).ShouldBeTrue(file.Name);
        }
        head.Content.Headers.ContentLength.ShouldBe(cpio.Length);
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Nobody_gets_them_who_does_not_get_the_files(bool fastLane)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fastLane.ToString()));
        ReleaseId id = GatewayHost.Release(GatewayHost.Registered);
        await host.PublishAsync(new SampleDelivery().With("CN1/CN1A.xml", "<a/>"), id);
        (_, string key) = await host.AccountAsync("ada");

        using HttpResponseMessage stranger = await host.SendAsync($"/files/{id}/small-files.cpio");
        using HttpResponseMessage account = await host.SendAsync($"/files/{id}/small-files.cpio", key);
        using HttpResponseMessage none = await host.SendAsync($"/files/{id with { Revision = 7 }}/small-files.cpio", key);

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

        using HttpResponseMessage answer = await host.SendAsync($"/files/{id}/small-release.cpio");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        byte[] cpio = await answer.Content.ReadAsByteArrayAsync();
        answer.Content.Headers.ContentLength.ShouldBe(cpio.Length);
        await File.WriteAllBytesAsync(folder["whole.cpio"], cpio);
        await Tool.SucceedAsync(folder.Path, "7z", "x", "-y", "whole.cpio");
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
        lines.Single(line => line.File == "small-release.cpio").Sent.ShouldBe(cpio.Length - archive.Bytes);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Of_a_release_that_is_not_small_only_the_small_files_come_together(bool fastLane)
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Gateway:FastLane", fastLane.ToString()));
        byte[] bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        await host.PublishAsync(new SampleDelivery().With("CN1/CN1A.bin", bytes));
        ReleaseId id = GatewayHost.Release();

        byte[] small = await (await host.SendAsync($"/files/{id}/small-files.cpio")).Content.ReadAsByteArrayAsync();
        byte[] whole = await (await host.SendAsync($"/files/{id}/small-release.cpio")).Content.ReadAsByteArrayAsync();

        whole.ShouldBe(small);
        small.Length.ShouldBeLessThanOrEqualTo(SmallFiles.MostOfAll);
        await Eventually.TrueAsync(async () => (await host.JournalAsync()).Count == 2, "one for each answer");
    }

    [Fact]
    public void A_damaged_head_is_none_or_that_of_another_file_and_never_leads_out_of_the_archive()
    {
        byte[] head = CpioEntry.HeadOf("SHA256SUMS", 1234, DateTimeOffset.UnixEpoch);
        CpioEntry.TryRead(head, out string name, out int start, out long bytes).ShouldBeTrue();
        (name, start, bytes).ShouldBe(("SHA256SUMS", head.Length, 1234));
        for (int at = 0; at < head.Length; at++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. head];
                damaged[at] ^= (byte)(1 << bit);
                (!CpioEntry.TryRead(damaged, out name, out start, out bytes) || (start <= damaged.Length && bytes is >= 0 and <= uint.MaxValue && CpioEntry.Fits(name))).ShouldBeTrue($"byte {at}, bit {bit}");
            }
        }
        for (int length = 0; length < head.Length; length++)
        {
            CpioEntry.TryRead(head.AsSpan(0, length), out _, out _, out _).ShouldBeFalse($"{length} bytes of it");
        }
        CpioEntry.TryRead(CpioEntry.Trailer, out _, out _, out _).ShouldBeFalse("the end is no file");
        CpioEntry.TryRead(new byte[512], out _, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_release_of_100_kB_costs_a_hundredth_more_than_its_bytes()
    {
        (string Name, long Bytes)[] files = [("SHA256SUMS", 500), ("SHA256SUMS.sig", 72), ("release.json", 900), ("CN-PA-PRSS-10_20240102_r1.findings.jsonl.gz", 20), ("CN-PA-PRSS-10_20240102_r1_001.entries.jsonl.gz", 120), ("CN-PA-PRSS-10_20240102_r1_001.zip", 100_200)];

        SmallFiles.TryChooseWhole(files, f => f.Name, f => f.Bytes, out IReadOnlyList<(string Name, long Bytes)> all).ShouldBeTrue();

        (all.Sum(f => CpioEntry.LengthOf(f.Name, f.Bytes)) + CpioEntry.Trailer.Length).ShouldBeLessThan(files.Sum(f => f.Bytes) * 101 / 100 + 100);
    }
}
