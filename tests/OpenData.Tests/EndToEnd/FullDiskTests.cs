using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd;

/// <summary>A disk that is really full: a small file system, mounted for the test.</summary>
public sealed class FullDiskTests
{
    [RootFact]
    public async Task A_full_disk_fails_the_run_leaves_no_half_archive_and_the_next_run_succeeds()
    {
        using TemporaryFolder folder = new();
        string deliveries = folder["deliveries"];
        (await ServerProcess.RunAsync(null, "sample", deliveries, "--dataset", "CN-PA-TXTS-10-A", "--editions", "1", "--size", "24MB")).ExitCode.ShouldBe(0);
        await using Mount mount = await Mount.TmpfsAsync(folder["disk"], "10m");
        string disk = mount.Folder;
        string ballast = Path.Combine(disk, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[4 << 20]);
        Dictionary<string, string> settings = new() { ["OpenData__DataFolder"] = folder["data"], ["OpenData__Storage__Path"] = Path.Combine(disk, "storage"), ["OpenData__Sources__Root"] = deliveries };

        (int exitCode, string output) = await ServerProcess.RunAsync(settings, "package", "CN-PA-TXTS-10-A");

        exitCode.ShouldBe(1, output);
        output.ShouldContain("No space left", Case.Insensitive);
        output.ShouldContain(disk);
        Directory.EnumerateFiles(Path.Combine(disk, "storage"), "*.zip", SearchOption.AllDirectories).ShouldBeEmpty();
        new DriveInfo(disk).AvailableFreeSpace.ShouldBeGreaterThan(5 << 20, "what was written of the archive is gone");

        File.Delete(ballast);
        await mount.ResizeAsync("64m");
        (exitCode, output) = await ServerProcess.RunAsync(settings, "package", "CN-PA-TXTS-10-A");

        exitCode.ShouldBe(0, output);
        output.ShouldContain("is published");
    }

    [RootFact]
    public async Task A_run_that_failed_is_tried_again_by_itself_and_its_reason_is_on_record()
    {
        using TemporaryFolder folder = new();
        string deliveries = folder["deliveries"];
        (await ServerProcess.RunAsync(null, "sample", deliveries, "--dataset", "CN-IC-TERM", "--editions", "1")).ExitCode.ShouldBe(0);
        await using Mount mount = await Mount.TmpfsAsync(folder["disk"], "1m");
        string disk = mount.Folder;
        Dictionary<string, string> settings = new()
        {
            ["OpenData__DataFolder"] = folder["data"],
            ["OpenData__Storage__Path"] = Path.Combine(disk, "storage"),
            ["OpenData__Sources__Root"] = deliveries,
            ["OpenData__Scheduling__RetrySeconds"] = "1",
        };
        // Before the server starts, or it could be faster: enough for its look at the store, too little for the edition's archive of 34 kB.
        File.WriteAllBytes(Path.Combine(disk, "ballast"), new byte[new DriveInfo(disk).AvailableFreeSpace - 20_480]);
        await using ServerProcess server = ServerProcess.Start(settings, "serve", "--urls", "{url}");
        await server.ReadyAsync();
        await using Server.Database.SqliteDatabase database = new(folder["data/opendata.db"]);
        Server.Scheduling.RunHistory history = new(database, TimeProvider.System);
        await Eventually.TrueAsync(async () => (await history.ListAsync("CN-IC-TERM", "failed", null, 10, default)).Count > 0, "a run failed");
        Server.Scheduling.Run failed = (await history.ListAsync("CN-IC-TERM", "failed", null, 10, default))[^1];
        failed.Reason.ShouldNotBeNull().ShouldContain("No space left", Case.Insensitive);
        failed.EndedAt.ShouldNotBeNull();

        File.Delete(Path.Combine(disk, "ballast"));

        await Eventually.TrueAsync(async () => (await history.ListAsync("CN-IC-TERM", "published", null, 10, default)).Count == 1, "a later run published the edition", TimeSpan.FromMinutes(1));
    }
}
