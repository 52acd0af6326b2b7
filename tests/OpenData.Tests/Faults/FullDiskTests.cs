using System.Data.Common;
using System.Globalization;
using OpenData.Tests.Support;
using Xunit.Abstractions;

namespace OpenData.Tests.Faults;

/// <summary>A disk that is full after so many more bytes, from none to enough: each run meets its end at another step, of packaging as of publishing.</summary>
public sealed class FullDiskTests(ITestOutputHelper output)
{
    [RootFact]
    public async Task Wherever_the_disk_becomes_full_nothing_is_half_visible_and_the_next_run_publishes_the_same_bytes()
    {
        using TemporaryFolder folder = new();
        await using (await Mount.TmpfsAsync(folder["disk"], "16m"))
        {
            await using FaultHouse house = await FaultHouse.CreateAsync(DatabaseKind.Sqlite, folder: folder["disk/house"]);
            string reference = await PackageAsync(house, "E0000");
            string ballast = folder["disk/ballast"];
            int failed = 0;
            // What a run needs: 150 kB of blobs and 100 kB of the database's log.
            for (int i = 1, left = 0; left <= 320_000; i++, left += 16_384)
            {
                string edition = string.Create(CultureInfo.InvariantCulture, $"E{i:0000}");
                house.Deliver(edition, volumes: 2);
                Fill(ballast, new DriveInfo(folder["disk"]).AvailableFreeSpace - left);
                try
                {
                    await PackageAsync(house, edition);
                }
                catch (Exception e) when (e is IOException or DbException)
                {
                    failed++;
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{left} bytes left: {e.Message}"));
                }
                File.Delete(ballast);
                (await house.CheckAsync(edition)).Values.ShouldAllBe(archives => archives == reference);
                (await PackageAsync(house, edition)).ShouldBe(reference);
            }
            failed.ShouldBeGreaterThan(5, "the disk must have been full, or nothing was tried");
            failed.ShouldBeLessThan(20, "there must have been room in the end");
        }
    }

    private static async Task<string> PackageAsync(FaultHouse house, string edition)
    {
        if (edition == "E0000")
        {
            house.Deliver(edition, volumes: 2);
        }
        await house.LeasesRunOutAsync();
        await using FaultProcess process = house.Start();
        await process.PackageAsync(edition);
        return (await house.CheckAsync(edition)).Values.ShouldHaveSingleItem();
    }

    private static void Fill(string path, long bytes)
    {
        using FileStream file = File.Create(path);
        byte[] zeros = new byte[1 << 16];
        for (; bytes > 0; bytes -= zeros.Length)
        {
            file.Write(zeros, 0, (int)Math.Min(zeros.Length, bytes));
        }
    }
}
