using System.Globalization;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Faults;

public sealed class SweepRaceTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task A_sweep_that_thinks_every_blob_old_takes_nothing_from_packagers_and_publishers_beside_it(DatabaseKind kind)
    {
        await using FaultHouse house = await FaultHouse.CreateAsync(kind);
        using CancellationTokenSource done = new();
        int sweeps = 0;
        Task sweeping = Task.Run(async () =>
        {
            await using FaultProcess sweeper = house.Start(later: TimeSpan.FromDays(2)); // for this clock nothing is young
            while (!done.IsCancellationRequested)
            {
                await sweeper.Of<Sweep>().RunAsync(dryRun: false, default);
                sweeps++;
            }
        });
        for (int i = 1; i <= 12; i++)
        {
            string edition = string.Create(CultureInfo.InvariantCulture, $"E{i:0000}");
            await using FaultProcess packager = house.Start();
            house.Deliver(edition, volumes: 2);
            await packager.PackageAsync(edition);
            house.Deliver(edition, volumes: 2, content: 2);
            await packager.PackageAsync(edition);
            (await house.CheckAsync(edition)).Count.ShouldBe(2);
        }
        await done.CancelAsync();
        await sweeping;
        sweeps.ShouldBeGreaterThan(12, "they must have met");
        for (int i = 1; i <= 12; i++)
        {
            (await house.CheckAsync(string.Create(CultureInfo.InvariantCulture, $"E{i:0000}"))).Count.ShouldBe(2);
        }
    }
}
