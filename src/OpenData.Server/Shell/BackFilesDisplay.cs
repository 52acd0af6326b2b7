using System.Diagnostics;
using System.Globalization;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Scheduling;

namespace OpenData.Server.Shell;

/// <summary>Packages back files one after the other, and tells how far all of them are: rate, and time left.</summary>
internal static class BackFilesDisplay
{
    public static async Task<int> RunAsync(IServiceProvider services, string code, DateOnly from, DateOnly to, bool dryRun, CancellationToken stop)
    {
        DatasetCatalog catalog = services.GetRequiredService<ICurrentCatalog>().Current;
        if (!catalog.Datasets.TryGetValue(code, out Dataset? dataset))
        {
            return await PackageCommand.UnknownAsync(catalog, code);
        }
        BackFiles backFiles = services.GetRequiredService<BackFiles>();
        IReadOnlyList<BackEdition> plan = await backFiles.PlanAsync(dataset, from, to, stop);
        long total = plan.Sum(edition => edition.Bytes);
        if (dryRun)
        {
            foreach (BackEdition edition in plan)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{edition.Day:yyyy-MM-dd}  {code}/{edition.Edition}  {edition.Files:N0} files, {ByteCount.Format(edition.Bytes)}"));
            }
        }
        Console.WriteLine($"{plan.Count} editions, {ByteCount.Format(total)} {(dryRun ? "would be" : "are to be")} packaged.");
        return dryRun ? Verb.Done : await PackageAsync(backFiles, dataset, plan, total, stop);
    }

    private static async Task<int> PackageAsync(BackFiles backFiles, Dataset dataset, IReadOnlyList<BackEdition> plan, long total, CancellationToken stop)
    {
        int exitCode = Verb.Done;
        long done = 0;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < plan.Count; i++)
        {
            BackEdition edition = plan[i];
            RunOutcome outcome = await PackagingDisplay.ShowAsync(
                string.Create(CultureInfo.InvariantCulture, $"{i + 1} of {plan.Count} {dataset.Code}/{edition.Edition}"),
                async progress => await backFiles.RunAsync(dataset, edition.Edition, progress, stop)
                    ?? new RunOutcome(RunState.Unchanged, "somebody else has packaged it meanwhile."));
            done += edition.Bytes;
            await (outcome.State == RunState.Failed ? Console.Error : Console.Out).WriteLineAsync(
                $"{PackageCommand.Describe(dataset.Code, edition.Edition, outcome)} {Sum(i + 1, plan.Count, done, total, Stopwatch.GetElapsedTime(start))}");
            exitCode = outcome.State is RunState.Failed or RunState.Cancelled ? Verb.Failed : exitCode;
        }
        return exitCode;
    }

    private static string Sum(int editions, int allEditions, long done, long total, TimeSpan elapsed)
    {
        double rate = done / Math.Max(elapsed.TotalSeconds, 0.001);
        TimeSpan left = rate > 0 ? TimeSpan.FromSeconds((total - done) / rate) : TimeSpan.Zero;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"({editions} of {allEditions} editions, {ByteCount.Format(done)} of {ByteCount.Format(total)}, {ByteCount.Format((long)rate)}/s, {(int)left.TotalHours:00}:{left:mm\\:ss} left)");
    }
}
