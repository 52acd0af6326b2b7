using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using OpenData.Server.Samples;
using OpenData.Server.Scheduling;
using OpenData.Server.Sources;

namespace OpenData.Server.Shell;

/// <summary><c>demo [--data DIR] [--urls URL]</c>: the main job on embedded defaults, with sample deliveries of every dataset.</summary>
internal static class DemoCommand
{
    private const string DefaultFolder = "data/demo";
    private const int Editions = 2;

    /// <summary>One dataset gets editions of full size, so that there is an archive of over 100 MB to download.</summary>
    private const string LargeDataset = "CN-PA-TXTS-10-A";

    private const long LargeBytes = 200_000_000;

    public static Command Create(CommonOptions common)
    {
        Option<string?> urls = new("--urls") { Description = $"The address to listen on; {ServerSettings.DefaultUrl} by default.", HelpName = "URL" };
        Command command = new(
            "demo",
            $"Writes sample deliveries of all datasets to ./{DefaultFolder}, packages and publishes them, then serves. A second start reuses what is there. Example: opendata-server demo --urls http://127.0.0.1:9000") { urls };
        command.SetAction(async (arguments, stop) =>
        {
            ServerSettings settings = common.Settings(arguments, arguments.GetValue(urls), DefaultFolder);
            string folder = Path.GetFullPath(settings.DataFolder!);
            string url = (settings.Urls ?? ServerSettings.DefaultUrl).Split(';')[0];
            await using (WebApplication app = ServerApplication.Build(settings, Roles.None))
            {
                await app.PrepareAsync(stop);
                await PrepareAsync(app.Services, folder, url, stop);
            }
            Console.WriteLine($"Serving at {url} — try: curl {url}/files/   Keys: {Path.Combine(folder, DemoAccounts.FileName)}   Ctrl+C stops.");
            return await ServeCommand.RunAsync(settings, Roles.All, stop);
        });
        return command;
    }

    /// <summary>Deliveries, releases, accounts; whatever is there already stays.</summary>
    private static async Task PrepareAsync(IServiceProvider services, string folder, string url, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        string deliveries = services.GetRequiredService<IConfiguration>()["OpenData:Sources:Root"]!;
        if (!File.Exists(Path.Combine(folder, DemoAccounts.FileName)))
        {
            await WriteSamplesAsync(services, deliveries, stop);
        }
        await PackageAllAsync(services, stop);
        await ActivatorUtilities.CreateInstance<DemoAccounts>(services).WriteAsync(folder, url, deliveries, stop);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Ready after {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s."));
    }

    private static async Task WriteSamplesAsync(IServiceProvider services, string deliveries, CancellationToken stop)
    {
        DatasetCatalog catalog = services.GetRequiredService<ICurrentCatalog>().Current;
        TimeProvider time = services.GetRequiredService<TimeProvider>();
        SampleOptions small = new(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), Editions);
        SampleDisplay display = new(Console.Out, live: !Console.IsOutputRedirected, time);
        await SampleDeliveries.WriteAsync(deliveries, catalog.Datasets.Values.Where(d => d.Code != LargeDataset), small, display, stop);
        await SampleDeliveries.WriteAsync(deliveries, [catalog.Datasets[LargeDataset]], small with { SizeBytes = LargeBytes }, display, stop);
        display.Finish(deliveries);
    }

    /// <summary>Packages what is due of all datasets, two at a time, with one line of progress for all together.</summary>
    private static async Task PackageAllAsync(IServiceProvider services, CancellationToken stop)
    {
        DueEditions due = services.GetRequiredService<DueEditions>();
        SourceFactory sources = services.GetRequiredService<SourceFactory>();
        List<(Dataset Dataset, string Edition)> work = [];
        foreach (Dataset dataset in services.GetRequiredService<ICurrentCatalog>().Current.Datasets.Values)
        {
            work.AddRange((await due.OfAsync(dataset, sources.For(dataset), stop)).Select(edition => (dataset, edition)));
        }
        int done = 0;
        using ProgressLine line = new();
        await Parallel.ForEachAsync(
            work.GroupBy(item => item.Dataset),
            new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = stop },
            async (group, token) =>
            {
                await using DatasetLease lease = await due.TakeLeaseAsync(group.Key.Code, token);
                foreach ((Dataset dataset, string edition) in group)
                {
                    RunOutcome outcome = await due.RunAsync(dataset, edition, lease, new PackagingProgress(), token);
                    if (outcome.State is not (RunState.Published or RunState.Unchanged))
                    {
                        throw new RunFailedException(dataset.Code, [outcome.Failure ?? new InvalidOperationException($"{edition} is {outcome.State}: {outcome.Reason}")]);
                    }
                    line.Write($"packaged {Interlocked.Increment(ref done)} of {work.Count} editions, last {outcome.Release}");
                }
            });
    }
}
