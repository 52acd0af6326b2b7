using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using OpenData.Format;
using OpenData.Mirror;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Tests.Gateway;
using OpenData.Tests.Packaging;
using OpenData.Tests.Support;

namespace OpenData.Tests.Mirror.Sync;

/// <summary><c>opendata sync</c> against the real gateway.</summary>
public sealed class SyncCommandTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Everything_published_lies_as_it_does_under_files_and_is_not_fetched_again()
    {
        await _host.PublishRandomAsync(1000, Release("20240102"));
        await _host.PublishRandomAsync(13_000_000, Release("20240109"));
        await _host.PublishAsync(new SampleDelivery().With("CN1A/图.xml", "<a/>"), Release("生物序列2023年"));

        Client.Ended first = await Sync();
        Client.Ended second = await Sync();

        first.Code.ShouldBe(ExitCode.Done, first.Error);
        first.Output.Split('\n').Count(l => l.StartsWith("fetched ", StringComparison.Ordinal)).ShouldBe(3);
        foreach (string edition in new[] { "20240102", "20240109", "生物序列2023年" })
        {
            await Tool.SucceedAsync(Of(Release(edition)), "sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS");
            Directory.GetFiles(Of(Release(edition))).Select(Path.GetFileName).Order().ShouldBe(
                (await _host.Of<ReleaseQueries>().FilesAsync(Release(edition), CancellationToken.None)).Select(f => f.Name).Order());
        }
        second.Code.ShouldBe(ExitCode.Done, second.Error);
        second.Output.ShouldNotContain("fetched");
        second.Error.ShouldContain("0 releases fetched, 0 withdrawn, 0 B received");
    }

    [Fact]
    public async Task A_program_that_reads_along_is_told_up_to_which_serial_everything_is_there()
    {
        await _host.PublishRandomAsync(20_000, Release("20240102"));
        Client.Ended ended = await Client.RunAsync(["sync", "--to", _folder["m"], "--server", _host.Url.ToString(), "--json"]);
        string[] events = ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        events[^1].ShouldBe("""{"event":"up-to-date","serial":1}""");
    }

    [Fact]
    public async Task What_a_killed_run_wrote_aside_is_taken_over_if_it_is_right()
    {
        await _host.PublishRandomAsync(20_000, Release("20240102"));
        ReleaseId id = Release("20240102");
        Directory.CreateDirectory(Of(id));
        IReadOnlyList<ReleaseFile> files = await _host.Of<ReleaseQueries>().FilesAsync(id, CancellationToken.None);
        foreach (ReleaseFile file in files)
        {
            File.Copy(_host.StoredAt(id, file.Name), Path.Combine(Of(id), file.Name + ".part"));
        }
        await File.AppendAllTextAsync(Path.Combine(Of(id), id.EntriesName(1) + ".part"), "torn");
        await using ChaosProxy proxy = await ChaosProxy.StartAsync(_host.Url, 100_000_000);

        Client.Ended ended = await Client.RunAsync(["sync", "--to", _folder["m"], "--server", proxy.Url]);

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        proxy.Bytes.ShouldBe(files.Single(f => f.Name == id.EntriesName(1)).Bytes);
        await Tool.SucceedAsync(Of(id), "sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS");
        Directory.GetFiles(Of(id), "*.part*").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_archived_stays_where_it_is_and_a_new_mirror_passes_it_over()
    {
        await _host.PublishRandomAsync(1000, Release("20240102"));
        await _host.PublishRandomAsync(1000, Release("20240109"));
        await Sync();
        Dataset dataset = _host.Catalog.Current.Datasets[GatewayHost.Open] with { Retention = new Retention(1, null) };
        (await _host.Of<Archiving>().ApplyAsync(dataset, CancellationToken.None)).ShouldBe([Release("20240102")]);

        Client.Ended old = await Sync();
        Client.Ended fresh = await Sync("--to", _folder["fresh"]);

        old.Code.ShouldBe(ExitCode.Done, old.Error);
        Editions().ShouldBe(["CN-PA-OPEN/20240102/r1", "CN-PA-OPEN/20240109/r1"]);
        fresh.Code.ShouldBe(ExitCode.Done, fresh.Error);
        Directory.GetDirectories(_folder["fresh/CN-PA-OPEN"]).Select(Path.GetFileName).ShouldBe(["20240109"]);
        foreach (string mirror in new[] { "m", "fresh" })
        {
            Client.Ended verified = await Client.RunAsync(["verify", _folder[mirror]]);
            verified.Code.ShouldBe(ExitCode.Done, verified.Error);
        }
    }

    [Fact]
    public async Task Many_small_releases_come_in_an_answer_each_and_are_flushed_together()
    {
        for (int day = 1; day <= 12; day++)
        {
            await _host.PublishRandomAsync(100_000 + day, Release($"202401{day:00}"), seed: day);
        }

        Client.Ended ended = await Sync();
        await Eventually.TrueAsync(async () => (await _host.JournalAsync()).Count == 24, "twelve answers, and the archives in them");
        (await _host.JournalAsync()).Count(line => line.File == "small-release.cpio").ShouldBe(12);
        Client.Ended verified = await Client.RunAsync(["verify", _folder["m"]]);

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        ended.Error.ShouldContain("12 releases fetched");
        verified.Code.ShouldBe(ExitCode.Done, verified.Error);
        Directory.GetFiles(_folder["m"], "*.part*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mirror_that_followed_from_the_beginning_and_one_that_starts_now_are_the_same_tree()
    {
        string[] policies = ["keep", "remove"];
        List<Func<Task>> history =
        [
            () => _host.PublishRandomAsync(1000, Release("20240102")),
            () => _host.PublishRandomAsync(700_000, Release("20240109"), seed: 2),
            () => _host.PublishRandomAsync(2000, Release("20240102", 2), seed: 3),
            () => WithdrawAsync(Release("20240109")),
            () => _host.PublishRandomAsync(3000, Release("20240116"), seed: 4),
            () => _host.PublishRandomAsync(3000, Release("20240116", 2), seed: 5),
            () => WithdrawAsync(Release("20240116", 2)),
            () => _host.PublishRandomAsync(100, Release("20240116", 3), seed: 6),
        ];
        foreach (Func<Task> step in history)
        {
            await step();
            foreach (string policy in policies)
            {
                (await Sync("--superseded", policy, "--to", _folder["followed-" + policy])).Code.ShouldBe(ExitCode.Done);
            }
        }
        foreach (string policy in policies)
        {
            Client.Ended fresh = await Sync("--superseded", policy, "--to", _folder["fresh-" + policy]);
            fresh.Code.ShouldBe(ExitCode.Done, fresh.Error);
            MirrorTree.Of(_folder["fresh-" + policy]).ShouldBe(MirrorTree.Of(_folder["followed-" + policy]));
        }
        Directory.Exists(_folder["fresh-keep/CN-PA-OPEN/20240102/r1"]).ShouldBeTrue();
        Directory.Exists(_folder["fresh-remove/CN-PA-OPEN/20240102/r1"]).ShouldBeFalse();
        Directory.Exists(_folder["fresh-remove/CN-PA-OPEN/20240102/r2"]).ShouldBeTrue();
    }

    [Fact]
    public async Task A_sync_that_ends_while_a_release_goes_leaves_nothing_that_verify_would_miss()
    {
        await _host.PublishRandomAsync(1000, Release("20240102"));
        (await Sync()).Code.ShouldBe(ExitCode.Done);
        await WithdrawAsync(Release("20240102"));
        string index = _folder["m/.opendata/releases/CN-PA-OPEN"];
        File.Move(index, index + ".aside");
        Directory.CreateDirectory(index); // What cannot be written ends the sync there as a kill would.

        Client.Ended failed = await Sync();
        Directory.Delete(index);
        File.Move(index + ".aside", index);
        Client.Ended ended = await Sync();
        Client.Ended verified = await Client.RunAsync(["verify", _folder["m"]]);

        failed.Code.ShouldBe(ExitCode.Failed, failed.Error);
        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        Directory.Exists(Of(Release("20240102"))).ShouldBeFalse();
        verified.Code.ShouldBe(ExitCode.Done, verified.Output + verified.Error);
    }

    [Fact]
    public void The_empty_folder_of_an_edition_goes_also_where_its_release_went_before_a_process_died()
    {
        OpenData.Mirror.Releases.MirrorFolder mirror = OpenData.Mirror.Releases.MirrorFolder.Open(_folder["m"]);
        ReleaseId gone = Release("20240102"), other = Release("20240109");
        Directory.CreateDirectory(Path.GetDirectoryName(mirror.Of(gone))!);
        Directory.CreateDirectory(mirror.Of(other));

        mirror.TakeAway(gone, keep: false);

        Directory.Exists(Path.GetDirectoryName(mirror.Of(gone))).ShouldBeFalse();
        Directory.Exists(mirror.Of(other)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_withdrawn_release_leaves_the_served_tree_at_once_and_its_reason_stays()
    {
        await _host.PublishRandomAsync(1000, Release("20240102"));
        await _host.PublishRandomAsync(1000, Release("20240109"));
        await Sync();
        await Sync("--to", _folder["strict"]);
        await WithdrawAsync(Release("20240102"));

        Client.Ended ended = await Sync();
        Client.Ended strict = await Sync("--to", _folder["strict"], "--withdrawn", "remove");

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        ended.Output.ShouldContain("withdrawn CN-PA-OPEN/20240102/r1");
        ended.Output.ShouldContain("drawings of another document");
        Directory.Exists(_folder["m/CN-PA-OPEN/20240102"]).ShouldBeFalse();
        File.Exists(_folder["m/.opendata/withdrawn/CN-PA-OPEN/20240102/r1/release.json"]).ShouldBeTrue();
        (await File.ReadAllTextAsync(_folder["m/.opendata/tombstones/CN-PA-OPEN/20240102/r1.json"])).ShouldContain("drawings of another document");
        File.GetUnixFileMode(_folder["m/.opendata"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        strict.Code.ShouldBe(ExitCode.Done, strict.Error);
        Directory.GetFiles(_folder["strict"], "*20240102*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_chosen_datasets_and_days_come_and_a_wider_choice_fetches_what_it_adds()
    {
        (_, string key) = await _host.AccountAsync("ada");
        await _host.PublishRandomAsync(1000, Release("20240102"));
        await _host.PublishRandomAsync(1000, Release("20240109"));
        await _host.PublishRandomAsync(1000, GatewayHost.Release(GatewayHost.Registered));

        Client.Ended narrow = await Sync("--dataset", GatewayHost.Open, "--since", "2024-01-05");
        string[] had = Editions();
        Client.Ended wide = await Sync("--key", key);

        narrow.Code.ShouldBe(ExitCode.Done, narrow.Error);
        had.ShouldBe(["CN-PA-OPEN/20240109/r1"]);
        wide.Code.ShouldBe(ExitCode.Done, wide.Error);
        Editions().ShouldBe(["CN-PA-OPEN/20240102/r1", "CN-PA-OPEN/20240109/r1", "CN-PA-REGISTERED/20240102/r1"]);
        wide.Output.ShouldNotContain("fetched CN-PA-OPEN/20240109");
    }

    [Fact]
    public async Task A_dataset_that_is_refused_keeps_no_other_waiting_and_comes_once_it_may()
    {
        await _host.PublishRandomAsync(1000, GatewayHost.Release(GatewayHost.Restricted));
        await _host.PublishRandomAsync(1000, GatewayHost.Release(GatewayHost.Restricted, "20240109"));
        await _host.PublishRandomAsync(1000, Release("20240102"));
        (OpenData.Server.Accounts.Account account, string key) = await _host.AccountAsync("ada");

        Client.Ended refused = await Sync("--key", key);
        Client.Ended still = await Sync("--key", key);
        await _host.Of<OpenData.Server.Accounts.AccountStore>().AcceptTermsAsync(account.Name, "basic-data", "test", CancellationToken.None);
        await _host.Of<OpenData.Server.Accounts.AccountStore>().GrantAsync(account.Name, GatewayHost.Restricted, "test", CancellationToken.None);
        await _host.Of<OpenData.Server.Accounts.CurrentAccounts>().RefreshAsync(CancellationToken.None);
        Client.Ended allowed = await Sync("--key", key);

        refused.Code.ShouldBe(ExitCode.NotAuthorized, refused.Error);
        refused.Error.ShouldContain("not authorized for CN-PA-RESTRICTED; everything else is there");
        refused.Output.ShouldContain("fetched CN-PA-OPEN/20240102/r1");
        still.Code.ShouldBe(ExitCode.NotAuthorized, still.Error);
        allowed.Code.ShouldBe(ExitCode.Done, allowed.Error);
        Editions().Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_wrong_key_is_told_once()
    {
        await _host.PublishRandomAsync(1000, Release("20240102"));

        Client.Ended ended = await Sync("--key", "odk_0000000000_wrong");

        ended.Code.ShouldBe(ExitCode.NotAuthorized, ended.Error);
    }

    [Fact]
    public async Task Two_syncs_do_not_share_a_folder_and_a_killed_one_leaves_no_lock()
    {
        await _host.PublishRandomAsync(1000, Release("20240102"));
        using Process first = Client.Start("sync", "--to", _folder["m"], "--follow", "--server", _host.Url.ToString());
        await Eventually.TrueAsync(() => Task.FromResult(Editions().Length == 1), "the first has the release");

        Client.Ended second = await Sync();
        first.Kill();
        await first.WaitForExitAsync();
        Client.Ended third = await Sync();

        second.Code.ShouldBe(ExitCode.Failed, second.Error);
        second.Error.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"another sync is at work in this folder (process {first.Id} on"));
        third.Code.ShouldBe(ExitCode.Done, third.Error);
    }

    [Fact]
    public async Task A_service_takes_up_changes_as_they_come_and_ends_cleanly_when_asked_to()
    {
        await _host.PublishRandomAsync(1000, Release("20240102"));
        using Process service = Client.Start("sync", "--to", _folder["m"], "--follow", "--json", "--server", _host.Url.ToString());
        Task<string> output = service.StandardOutput.ReadToEndAsync();
        await Eventually.TrueAsync(() => Task.FromResult(Editions().Length == 1), "the first is there");

        await _host.PublishRandomAsync(2000, Release("20240109"));
        await Eventually.TrueAsync(() => Task.FromResult(Editions().Length == 2), "the second is there");
        await WithdrawAsync(Release("20240102"));
        await Eventually.TrueAsync(() => Task.FromResult(Editions() is ["CN-PA-OPEN/20240109/r1"]), "the first is gone");
        Kill(service.Id, 15).ShouldBe(0);
        await service.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));

        service.ExitCode.ShouldBe(0, await service.StandardError.ReadToEndAsync());
        string[] lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.ShouldContain("""{"event":"fetched","release":"CN-PA-OPEN/20240109/r1","bytes":""" + new FileInfo(Path.Combine(Of(Release("20240109")), Release("20240109").ArchiveName(1))).Length + "}");
        lines.ShouldContain("""{"event":"withdrawn","release":"CN-PA-OPEN/20240102/r1","reason":"drawings of another document"}""");
    }

    [RootFact]
    public async Task A_disk_that_fills_up_ends_the_sync_by_name_and_the_next_goes_on()
    {
        await _host.PublishRandomAsync(1000, Release("20240102"));
        await _host.PublishRandomAsync(6_000_000, Release("20240109"));
        await using Mount mount = await Mount.TmpfsAsync(_folder["m"], "2m");
        Client.Ended full = await Sync();
        await mount.ResizeAsync("20m");
        Client.Ended ended = await Sync();

        full.Code.ShouldBe(ExitCode.Failed, full.Error);
        full.Error.ShouldContain("the disk is full");
        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        Editions().Length.ShouldBe(2);
        await Tool.SucceedAsync(Of(Release("20240109")), "sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS");
    }

    [RootFact]
    public async Task A_read_only_folder_is_named()
    {
        await using Mount mount = await Mount.TmpfsAsync(_folder["m"], "2m", readOnly: true);
        Client.Ended ended = await Sync();

        ended.Code.ShouldBe(ExitCode.Failed, ended.Error);
        ended.Error.ShouldContain("the file system is read-only");
    }

    [Fact]
    public async Task A_server_that_was_restored_from_a_backup_is_refused_until_the_user_accepts_it()
    {
        await _host.PublishRandomAsync(1000, Release("20240102"));
        await _host.PublishRandomAsync(1000, Release("20240109"));
        await Sync();
        await using (System.Data.Common.DbConnection connection = await _host.Of<OpenData.Server.Database.SqlDatabase>().OpenAsync(CancellationToken.None))
        {
            await Dapper.SqlMapper.ExecuteAsync(connection, "UPDATE feed_head SET serial = 1; DELETE FROM changes WHERE serial > 1");
        }

        Client.Ended refused = await Sync();
        Client.Ended accepted = await Sync("--restart-feed");

        refused.Code.ShouldBe(ExitCode.Integrity, refused.Error);
        refused.Error.ShouldContain("ends at serial 1, but this mirror has seen 2");
        refused.Error.ShouldContain("--restart-feed");
        accepted.Code.ShouldBe(ExitCode.Done, accepted.Error);
        accepted.Output.ShouldNotContain("fetched");
    }

    [Fact]
    public async Task A_rotated_signing_key_is_followed_by_its_voucher_and_older_releases_stay_verified()
    {
        await _host.PublishRandomAsync(1000, Release("20240102"));
        await Sync();
        (_, string? obstacle) = await _host.Of<SigningKeys>().RotateAsync(TimeSpan.Zero, null, CancellationToken.None);
        obstacle.ShouldBeNull();
        await _host.PublishRandomAsync(1000, Release("20240109"));

        Client.Ended followed = await Sync();
        Client.Ended fresh = await Sync("--to", _folder["fresh"]);

        followed.Code.ShouldBe(ExitCode.Done, followed.Error);
        fresh.Code.ShouldBe(ExitCode.Done, fresh.Error);
        MirrorTree.Of(_folder["fresh"]).ShouldBe(MirrorTree.Of(_folder["m"]));
        foreach (string folder in new[] { "m", "fresh" })
        {
            (await Client.RunAsync(["verify", _folder[folder]])).Code.ShouldBe(ExitCode.Done);
            (await File.ReadAllTextAsync(_folder[folder + "/.opendata/signing-key.pem"])).Split("BEGIN PUBLIC KEY").Length.ShouldBe(3);
        }
    }

    private static ReleaseId Release(string edition, int revision = 1) => GatewayHost.Release(edition: edition, revision: revision);

    private Task WithdrawAsync(ReleaseId release) => _host.Of<Withdrawals>().WithdrawAsync(release, "drawings of another document", CancellationToken.None);

    private string Of(ReleaseId release) => Path.Combine(_folder["m"], release.ToString());

    /// <summary>The releases that are there, whole.</summary>
    private string[] Editions() => Directory.Exists(_folder["m"])
        ? [.. Directory.EnumerateFiles(_folder["m"], "release.json", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder["m"], Path.GetDirectoryName(f)!)).Where(f => f[0] != '.').Order(StringComparer.Ordinal)]
        : [];

    private Task<Client.Ended> Sync(params string[] more) =>
        Client.RunAsync(["sync", .. more.Contains("--to") ? Array.Empty<string>() : ["--to", _folder["m"]], "--server", _host.Url.ToString(), .. more]);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
