using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Mirror;
using OpenData.Tests.Gateway;
using OpenData.Tests.Support;

namespace OpenData.Tests.Mirror.Verification;

/// <summary><c>opendata verify</c> over a mirror of the real gateway, without it.</summary>
public sealed class VerifyCommandTests : IAsyncLifetime, IDisposable
{
    private static readonly ReleaseId s_first = GatewayHost.Release(edition: "20240102");
    private static readonly ReleaseId s_second = GatewayHost.Release(edition: "20240109");
    private readonly TemporaryFolder _folder = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync();
        await _host.PublishRandomAsync(13_000_000, s_first);
        await _host.PublishRandomAsync(1000, s_second);
        (await Client.RunAsync(["sync", "--to", _folder.Path, "--server", _host.Url.ToString()])).Code.ShouldBe(ExitCode.Done);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_whole_mirror_is_clean_and_every_byte_was_read()
    {
        Client.Ended ended = await Verify();
        Client.Ended json = await Verify("--json");

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        ended.Output.ShouldBeEmpty();
        ended.Error.ShouldContain("2 releases, 12 files");
        ended.Error.ShouldContain("0 bad, 0 missing, 0 surplus");
        json.Output.ShouldStartWith("""{"event":"verified","releases":2,"files":12,"bytes":""");
        json.Output.ShouldContain("\"bytes\":" + Directory.GetFiles(_folder["CN-PA-OPEN"], "*.*z*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length));
    }

    [Fact]
    public async Task A_rotten_byte_is_named_with_its_piece_and_get_mends_just_that()
    {
        Rot(s_first, s_first.ArchiveName(1), 5_000_000);

        Client.Ended found = await Verify();
        Client.Ended quick = await Verify("--quick");
        Client.Ended all = await Verify("--sample", "100%");
        Client.Ended mended = await Client.RunAsync(["get", s_first.Dataset, "20240102/r1", "--to", _folder.Path, "--server", _host.Url.ToString()]);
        Client.Ended clean = await Verify();

        found.Code.ShouldBe(ExitCode.Integrity, found.Error);
        found.Output.Trim().ShouldBe($"bad {s_first}/{s_first.ArchiveName(1)}: piece 2 of 4 is not what was signed");
        quick.Code.ShouldBe(ExitCode.Done, quick.Error); // Size and time are as they were: that is what it is quick by.
        all.Code.ShouldBe(ExitCode.Integrity, all.Error);
        mended.Code.ShouldBe(ExitCode.Done, mended.Error);
        mended.Error.ShouldContain("4.19 MB received");
        clean.Code.ShouldBe(ExitCode.Done, clean.Error);
    }

    [Fact]
    public async Task Whatever_else_may_befall_a_mirror_is_named()
    {
        Rot(s_second, s_second.EntriesName(1), 10);
        File.Delete(At(s_first, s_first.FindingsName));
        await File.WriteAllTextAsync(At(s_first, "readme.txt"), "hello");
        await File.WriteAllTextAsync(_folder["CN-PA-OPEN/notes.txt"], "hello");
        using (FileStream archive = File.OpenWrite(At(s_first, s_first.ArchiveName(1))))
        {
            archive.SetLength(1000);
        }

        Client.Ended ended = await Verify();
        Client.Ended quick = await Verify("--quick");

        ended.Code.ShouldBe(ExitCode.Integrity, ended.Error);
        ended.Error.ShouldContain("2 bad, 1 missing, 2 surplus");
        ended.Output.ShouldContain($"bad {s_second}/{s_second.EntriesName(1)}: its bytes are not what was signed");
        ended.Output.ShouldContain($"bad {s_first}/{s_first.ArchiveName(1)}: it has 1000 bytes instead of 13");
        ended.Output.ShouldContain($"missing {s_first}/{s_first.FindingsName}");
        ended.Output.ShouldContain($"surplus {s_first}/readme.txt");
        ended.Output.ShouldContain("surplus CN-PA-OPEN/notes.txt");
        quick.Code.ShouldBe(ExitCode.Integrity, quick.Error);
        quick.Output.ShouldContain($"bad {s_first}/{s_first.ArchiveName(1)}: it has 1000 bytes");
    }

    [Fact]
    public async Task A_file_that_was_changed_later_is_seen_without_reading_it()
    {
        File.SetLastWriteTimeUtc(At(s_first, s_first.ArchiveName(1)), DateTime.UnixEpoch);

        Client.Ended quick = await Verify("--quick");

        quick.Code.ShouldBe(ExitCode.Integrity, quick.Error);
        quick.Output.ShouldContain($"bad {s_first}/{s_first.ArchiveName(1)}: it was changed since it was fetched");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_release_that_is_gone_is_missed(bool wholeDataset)
    {
        Directory.Delete(wholeDataset ? _folder["CN-PA-OPEN"] : At(s_second, ""), recursive: true);

        Client.Ended ended = await Verify("--quick");

        ended.Code.ShouldBe(ExitCode.Integrity, ended.Error);
        ended.Output.ShouldContain($"missing {s_second}: ");
        ended.Output.Contains($"missing {s_first}: ", StringComparison.Ordinal).ShouldBe(wholeDataset);
    }

    [Fact]
    public async Task What_another_key_signed_is_bad()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] sums = await File.ReadAllBytesAsync(At(s_second, Manifest.ChecksumsName));
        await File.WriteAllBytesAsync(At(s_second, Manifest.SignatureName), other.SignData(sums, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

        Client.Ended ended = await Verify("--quick");

        ended.Code.ShouldBe(ExitCode.Integrity, ended.Error);
        ended.Output.Trim().ShouldBe($"bad {s_second}/SHA256SUMS: no key that this mirror trusts signed it");
    }

    [Theory]
    [InlineData("0%")]
    [InlineData("101%")]
    [InlineData("some")]
    public async Task A_share_that_is_none_is_wrong_usage(string share) => (await Verify("--sample", share)).Code.ShouldBe(ExitCode.Usage);

    private string At(ReleaseId release, string name) => Path.Combine(_folder.Path, release.ToString(), name);

    /// <summary>Changes a byte as a dying disk does: size and time stay.</summary>
    private void Rot(ReleaseId release, string name, int at)
    {
        DateTime time = File.GetLastWriteTimeUtc(At(release, name));
        byte[] content = File.ReadAllBytes(At(release, name));
        content[at] ^= 1;
        File.WriteAllBytes(At(release, name), content);
        File.SetLastWriteTimeUtc(At(release, name), time);
    }

    private Task<Client.Ended> Verify(params string[] more) => Client.RunAsync(["verify", _folder.Path, .. more]);
}
