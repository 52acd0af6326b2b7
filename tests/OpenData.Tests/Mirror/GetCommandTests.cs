using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Mirror;
using OpenData.Mirror.Downloads;
using OpenData.Tests.Support;

namespace OpenData.Tests.Mirror;

public sealed class GetCommandTests : IAsyncLifetime, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TemporaryFolder _folder = new();
    private WilfulServer _server = null!;

    public async Task InitializeAsync() => _server = await WilfulServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose()
    {
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_newest_edition_lies_in_the_folder_as_it_lies_under_files()
    {
        SampleRelease release = Publish(1_000_000, 5000, 0);

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        Directory.GetFiles(Of(release)).Select(Path.GetFileName).Order().ShouldBe(release.Files.Keys.Order());
        foreach ((string name, byte[] content) in release.Files)
        {
            (await File.ReadAllBytesAsync(Path.Combine(Of(release), name))).ShouldBe(content, name);
        }
        ended.Output.Trim().ShouldBe(Of(release));
    }

    [Fact]
    public async Task Getting_it_again_fetches_no_archive_again()
    {
        Publish(1_000_000);
        await Get();
        long first = _server.ArchiveBytes;

        Client.Ended ended = await Get("20240102");

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        _server.ArchiveBytes.ShouldBe(first);
    }

    [Fact]
    public async Task What_a_kill_between_naming_and_tidying_left_is_tidied_by_the_next_run()
    {
        SampleRelease release = Publish(200_000);
        await Get();
        await File.WriteAllBytesAsync(PartFile.StatePath(Path.Combine(Of(release), release.FirstArchive)), new byte[100]);
        await File.WriteAllBytesAsync(PartFile.StatePath(Path.Combine(Of(release), release.Id.EntriesName(1))), new byte[100]);

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        ShouldBeWhole(release);
    }

    [Fact]
    public async Task A_byte_that_rotted_on_disk_costs_its_piece_and_no_other()
    {
        SampleRelease release = Publish(1_000_000);
        await Get();
        long first = _server.ArchiveBytes;
        string archive = Path.Combine(Of(release), release.FirstArchive);
        byte[] content = await File.ReadAllBytesAsync(archive);
        content[500_000] ^= 1;
        await File.WriteAllBytesAsync(archive, content);

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        (_server.ArchiveBytes - first).ShouldBe(SampleRelease.PieceLength);
        ShouldBeWhole(release);
    }

    [Fact]
    public async Task A_byte_flipped_on_the_way_costs_its_piece_and_no_other()
    {
        SampleRelease release = Publish(1_000_000);
        int flips = 0;
        _server.Mischief = answer =>
        {
            // The first time that the byte goes over the wire.
            if (answer.Path.EndsWith(".zip", StringComparison.Ordinal) && Covers(answer, 300_000) && Interlocked.Increment(ref flips) == 1)
            {
                answer.FlipAt = 300_000;
            }
            return Task.CompletedTask;
        };

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        flips.ShouldBe(2);
        _server.ArchiveBytes.ShouldBe(1_000_000 + SampleRelease.PieceLength);
        ShouldBeWhole(release);
    }

    [Fact]
    public async Task A_byte_that_always_comes_wrong_is_an_integrity_failure_that_names_file_and_piece()
    {
        SampleRelease release = Publish(1_000_000);
        _server.Mischief = answer =>
        {
            answer.FlipAt = answer.Path.EndsWith(".zip", StringComparison.Ordinal) ? 300_000 : null;
            return Task.CompletedTask;
        };

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(ExitCode.Integrity, ended.Error);
        ended.Error.ShouldContain(release.FirstArchive);
        ended.Error.ShouldContain("piece 5 of 16");
        File.Exists(Path.Combine(Of(release), release.FirstArchive)).ShouldBeFalse();
        File.Exists(Path.Combine(Of(release), Manifest.FileName)).ShouldBeFalse();
    }

    [Fact]
    public async Task Claims_that_a_power_cut_left_without_their_bytes_are_not_believed()
    {
        SampleRelease release = Publish(200_000);
        ArchiveManifest archive = release.Manifest.Archives[0];
        string target = Path.Combine(Directory.CreateDirectory(Of(release)).FullName, archive.Name);
        using (PartFile part = PartFile.Open(target, archive.Sha256, archive.Bytes, archive.PieceLength, archive.Pieces.Count))
        {
            byte[] right = release.Files[archive.Name];
            part.Write(0, right.AsSpan(0, 65_536), 0, 65_536);
            part.Write(65_536, new byte[65_536], 1, 65_536);
            part.Write(131_072, new byte[1000], 2, 1000);
        }

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        ShouldBeWhole(release);
        // All but the first piece, and the third once more for its first bytes that turned out wrong.
        _server.ArchiveBytes.ShouldBe(200_000 - 65_536 + 65_536 - 1000);
    }

    [Fact]
    public async Task Connections_that_break_cost_no_byte_that_arrived()
    {
        SampleRelease release = Publish(1_000_000);
        int breaks = 0;
        _server.Mischief = answer =>
        {
            answer.BreakAfter = answer.Path.EndsWith(".zip", StringComparison.Ordinal) && Interlocked.Increment(ref breaks) <= 3 ? 20_000 : null;
            return Task.CompletedTask;
        };

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        breaks.ShouldBeGreaterThan(3);
        _server.ArchiveBytes.ShouldBe(1_000_000);
        ShouldBeWhole(release);
    }

    [Fact]
    public async Task A_server_that_is_busy_is_asked_again_when_it_wants()
    {
        SampleRelease release = Publish(200_000);
        int refusals = 0;
        _server.Mischief = answer =>
        {
            if (answer.Path.EndsWith(".zip", StringComparison.Ordinal) && Interlocked.Increment(ref refusals) <= 4)
            {
                (answer.Status, answer.RetryAfter) = refusals % 2 == 0 ? (429, (int?)1) : (500, null);
            }
            return Task.CompletedTask;
        };

        Client.Ended ended = await Get("--connections", "2");

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        ShouldBeWhole(release);
    }

    [Fact]
    public async Task A_server_that_stays_broken_is_given_up_by_name()
    {
        SampleRelease release = Publish(200_000);
        _server.Mischief = answer =>
        {
            answer.Status = answer.Path.EndsWith(".zip", StringComparison.Ordinal) ? 503 : answer.Status;
            return Task.CompletedTask;
        };

        Client.Ended ended = await Get("--give-up-after", "1s");

        ended.Code.ShouldBe(ExitCode.Failed, ended.Error);
        ended.Error.ShouldContain(release.FirstArchive);
        ended.Error.ShouldContain("503");
    }

    [Fact]
    public async Task A_server_without_ranges_and_tags_will_do()
    {
        SampleRelease release = Publish(1_000_000);
        int asked = 0;
        _server.Mischief = answer =>
        {
            (answer.IgnoreRange, answer.ETag) = (true, "W/\"weak\"");
            answer.BreakAfter = answer.Path.EndsWith(".zip", StringComparison.Ordinal) && Interlocked.Increment(ref asked) == 2 ? 100_000 : null;
            return Task.CompletedTask;
        };

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        ShouldBeWhole(release);
    }

    [Theory]
    [InlineData(401, ExitCode.NotAuthorized)]
    [InlineData(403, ExitCode.NotAuthorized)]
    [InlineData(404, ExitCode.Failed)]
    [InlineData(410, ExitCode.Failed)]
    public async Task A_refusal_is_told_with_the_words_of_the_server(int status, int code)
    {
        Publish(200_000);
        _server.Mischief = answer =>
        {
            (answer.Status, answer.Detail) = answer.Path.EndsWith(".zip", StringComparison.Ordinal) ? (status, "Accept the terms first.\e[2J") : (answer.Status, null);
            return Task.CompletedTask;
        };

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(code, ended.Error);
        ended.Error.ShouldContain("Accept the terms first.");
        ended.Error.ShouldNotContain("\e");
    }

    [Fact]
    public async Task The_key_is_sent_and_never_shown()
    {
        Publish(1000);
        string seen = "";
        _server.Mischief = answer =>
        {
            seen = answer.Context.Request.Headers.Authorization.ToString();
            return Task.CompletedTask;
        };

        Client.Ended ended = await Get("--key", "odk_1_secret");

        seen.ShouldBe("Bearer odk_1_secret");
        (ended.Output + ended.Error).ShouldNotContain("secret");
        ended.Error.ShouldNotContain("warning"); // Loopback.
    }

    [Fact]
    public async Task A_signature_by_another_key_is_refused_until_the_user_trusts_it()
    {
        Publish(1000);
        await Get();
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        SampleRelease.Make(other, "20240109", 2000).ServeOn(_server, other);

        Client.Ended refused = await Get();
        Client.Ended trusted = await Get("--trust-new-key");
        Client.Ended before = await Get("20240102");

        refused.Code.ShouldBe(ExitCode.Integrity, refused.Error);
        refused.Error.ShouldContain("--trust-new-key");
        trusted.Code.ShouldBe(ExitCode.Done, trusted.Error);
        before.Code.ShouldBe(ExitCode.Done, before.Error);
    }

    [Theory]
    [InlineData("release.json")]
    [InlineData("SHA256SUMS")]
    [InlineData("SHA256SUMS.sig")]
    public async Task A_changed_byte_in_what_is_signed_is_refused(string name)
    {
        SampleRelease release = Publish(1000);
        byte[] changed = [.. release.Files[name]];
        changed[^3] ^= 1;
        _server.Files[release.Folder + name] = changed;

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(ExitCode.Integrity, ended.Error);
        Directory.Exists(Of(release)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("../evil.zip")]
    [InlineData("/tmp/evil.zip")]
    [InlineData("a/b.zip")]
    [InlineData("release.json")]
    [InlineData("x.zip.part")]
    [InlineData(".hidden")]
    public async Task A_manifest_with_a_name_that_could_hurt_is_refused(string name)
    {
        SampleRelease release = SampleRelease.Make(_key, "20240102", 1000);
        release.Files[name] = release.Files[release.FirstArchive];
        release.Sign(_key, release.Manifest with { Archives = [release.Manifest.Archives[0] with { Name = name }] });
        release.ServeOn(_server, _key);

        Client.Ended ended = await Get();

        ended.Code.ShouldBe(ExitCode.Integrity, ended.Error);
        Directory.Exists(Of(release)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_document_comes_out_of_its_archive_alone()
    {
        SampleRelease release = Publish(1000, 1000, 1000);

        Client.Ended one = await Get("--document", "docs/CN2A/CN2A.xml");
        Client.Ended both = await Get("--document", "CN3A");
        Client.Ended none = await Get("--document", "CN9A");

        one.Code.ShouldBe(ExitCode.Done, one.Error);
        one.Output.Trim().ShouldBe(_folder["docs/CN2A/CN2A.xml"]);
        (await File.ReadAllTextAsync(_folder["docs/CN2A/CN2A.xml"])).ShouldBe("content of docs/CN2A/CN2A.xml");
        both.Output.Trim().Split('\n').Length.ShouldBe(2);
        none.Code.ShouldBe(ExitCode.Failed);
        _server.ArchiveBytes.ShouldBe(0);
        _server.Asked.ShouldNotContain(a => a.Path == release.Folder + release.FirstArchive);
    }

    [RootFact]
    public async Task A_disk_that_fills_up_is_named_and_the_next_run_goes_on()
    {
        SampleRelease release = Publish(3_000_000);
        await using Mount mount = await Mount.TmpfsAsync(_folder["disk"], "2m");
        string disk = mount.Folder;
        Client.Ended full = await Client.RunAsync(_server, "get", SampleRelease.Code, "--to", disk);
        long first = _server.ArchiveBytes;
        await mount.ResizeAsync("8m");
        Client.Ended ended = await Client.RunAsync(_server, "get", SampleRelease.Code, "--to", disk);

        full.Code.ShouldBe(ExitCode.Failed, full.Error);
        full.Error.ShouldContain("the disk is full");
        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        (await File.ReadAllBytesAsync(Path.Combine(disk, release.Id.ToString(), release.FirstArchive))).ShouldBe(release.Files[release.FirstArchive]);
        (_server.ArchiveBytes - first).ShouldBeLessThan(1_500_000);
    }

    [Fact]
    public async Task Two_runs_at_once_do_not_write_one_file()
    {
        Publish(200_000);
        TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Mischief = answer =>
        {
            if (answer.Path.EndsWith(".zip", StringComparison.Ordinal))
            {
                first.TrySetResult();
                answer.BeforeChunk = () => goOn.Task;
            }
            return Task.CompletedTask;
        };

        Task<Client.Ended> running = Get();
        await first.Task;
        Client.Ended second = await Get();
        goOn.SetResult();

        second.Code.ShouldBe(ExitCode.Failed);
        second.Error.ShouldContain("another process");
        (await running).Code.ShouldBe(ExitCode.Done);
    }

    private static bool Covers(WilfulServer.Answer answer, long place)
    {
        Microsoft.Net.Http.Headers.RangeItemHeaderValue? range = Microsoft.AspNetCore.Http.HeaderDictionaryTypeExtensions.GetTypedHeaders(answer.Context.Request).Range?.Ranges.First();
        return range is null || (range.From <= place && range.To >= place);
    }

    private SampleRelease Publish(params int[] sizes)
    {
        SampleRelease release = SampleRelease.Make(_key, "20240102", sizes);
        release.ServeOn(_server, _key);
        return release;
    }

    private Task<Client.Ended> Get(params string[] more) => Client.RunAsync(_server, ["get", SampleRelease.Code, "--to", _folder.Path, .. more]);

    private string Of(SampleRelease release) => Path.Combine(_folder.Path, release.Id.ToString());

    private void ShouldBeWhole(SampleRelease release)
    {
        foreach (string name in release.Manifest.Archives.Select(a => a.Name))
        {
            File.ReadAllBytes(Path.Combine(Of(release), name)).ShouldBe(release.Files[name], name);
        }
        Directory.GetFiles(Of(release), "*.part*").ShouldBeEmpty();
    }
}
