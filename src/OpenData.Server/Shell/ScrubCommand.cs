using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Releases.Scrubbing;

namespace OpenData.Server.Shell;

/// <summary><c>scrub [--all] [--dataset CODE] [--repair]</c>: reads stored files again and compares them with what was published.</summary>
internal static class ScrubCommand
{
    private const int PageSize = 1000;

    public static Command Create(CommonOptions common)
    {
        Option<bool> all = new("--all") { Description = "Read every file that is served. Without it: what was not read within OpenData:Scrub:Interval, what is damaged and what a gateway suspects." };
        Option<string?> dataset = new("--dataset") { Description = "Only of this dataset.", HelpName = "CODE" };
        Option<bool> repair = new("--repair") { Description = "Put what is damaged right from the second store (OpenData:Storage:Second). What is right stays untouched." };
        Command command = new(
            "scrub",
            "Reads stored files again, as fast as they come, and names every one that is not what was published. Ends with 1 if any is. Example: opendata-server scrub --all --dataset CN-PA-TXTS-10-A")
        {
            all, dataset, repair,
        };
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = await common.PrepareAsync(arguments, stop);
            return await RunAsync(app.Services, arguments.GetValue(all), arguments.GetValue(dataset), arguments.GetValue(repair), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(IServiceProvider services, bool all, string? dataset, bool repair, CancellationToken stop)
    {
        ScrubLedger ledger = services.GetRequiredService<ScrubLedger>();
        Scrub scrub = services.GetRequiredService<Scrub>();
        TimeProvider time = services.GetRequiredService<TimeProvider>();
        ScrubTotals totals = await ledger.TotalsAsync(dataset, stop);
        if (totals.Files == 0)
        {
            Console.WriteLine(dataset is null ? "No file is served: there is nothing to read." : $"No file of '{dataset}' is served: there is nothing to read. Is it a code of the catalog?");
            return Verb.Done;
        }
        DateTimeOffset start = time.GetUtcNow();
        IAsyncEnumerable<ScrubbedFile> files = all
            ? EveryFileAsync(ledger, dataset, stop)
            : DueFilesAsync(ledger, dataset, start - services.GetRequiredService<IOptions<ScrubOptions>>().Value.Interval, start, stop);
        Tally tally = new(all ? totals.Bytes : null, new ScrubThrottle(time));
        await foreach (ScrubbedFile file in files)
        {
            ScrubOutcome outcome;
            using (ProgressLine line = new())
            {
                outcome = await RunAsync(scrub, file with { Position = all ? 0 : file.Position }, tally, line, repair, stop);
            }
            tally.Files++;
            await ReportAsync(outcome, tally);
        }
        if (tally.Files == 0)
        {
            Console.WriteLine($"Nothing is due: all {totals.Files} files were read since {totals.Oldest:yyyy-MM-dd}, and none is bad. --all reads them all the same.");
            return Verb.Done;
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{tally.Files} files, {ByteCount.Format(tally.Throttle.Bytes)} read in {tally.Elapsed:hh\\:mm\\:ss}, {ByteCount.Format(tally.Rate)}/s: {tally.Repaired} repaired, {tally.Bad} bad."));
        if (tally.Bad > 0 && !repair)
        {
            await Console.Error.WriteLineAsync("They are not served any longer. Put them right with 'opendata-server scrub --repair' where OpenData:Storage:Second is set, or bring the files back and scrub again.");
        }
        return tally.Bad > 0 ? Verb.Failed : Verb.Done;
    }

    private static async Task<ScrubOutcome> RunAsync(Scrub scrub, ScrubbedFile file, Tally tally, ProgressLine line, bool repair, CancellationToken stop)
    {
        Task<ScrubOutcome> running = scrub.RunAsync(file, tally.Throttle, repair, goOn: null, stop);
        while (await Task.WhenAny(running, Task.Delay(100, stop)) != running)
        {
            line.Write($"{file.Release}/{file.Name}: {tally}");
        }
        return await running;
    }

    private static async Task ReportAsync(ScrubOutcome outcome, Tally tally)
    {
        ScrubbedFile file = outcome.File;
        if (file.IsBad)
        {
            tally.Bad++;
            string blocks = file.BadBlocks > 1 ? string.Create(CultureInfo.InvariantCulture, $"; {file.BadBlocks} blocks of 1 MiB are bad") : "";
            string place = file.FirstBad is { } at ? string.Create(CultureInfo.InvariantCulture, $" from byte {at}") : "";
            await Console.Error.WriteLineAsync($"{file.Key}: {file.Result.ToString().ToLowerInvariant()}{place}: {file.Reason}{blocks}.");
        }
        if (outcome.Repair is { Done: true } done && !file.IsBad)
        {
            tally.Repaired++;
            Console.WriteLine($"{file.Key}: repaired; {done.What}.");
        }
        else if (outcome.Repair is { } failed)
        {
            await Console.Error.WriteLineAsync($"{file.Key}: not repaired: {failed.What}.");
        }
    }

    private static async IAsyncEnumerable<ScrubbedFile> EveryFileAsync(ScrubLedger ledger, string? dataset, [EnumeratorCancellation] CancellationToken stop)
    {
        (ReleaseId, string)? last = null;
        while (await ledger.PageAsync(dataset, null, last, PageSize, stop) is { Count: > 0 } page)
        {
            foreach (ScrubbedFile file in page)
            {
                yield return file;
                last = (file.Release, file.Name);
            }
        }
    }

    private static async IAsyncEnumerable<ScrubbedFile> DueFilesAsync(
        ScrubLedger ledger, string? dataset, DateTimeOffset before, DateTimeOffset start, [EnumeratorCancellation] CancellationToken stop)
    {
        // What was read is not due any more, so each page begins anew.
        HashSet<Storage.BlobKey> done = [];
        while (await ledger.DueAsync(dataset, before, start, PageSize, stop) is { Count: > 0 } page && page.Any(file => !done.Contains(file.Key)))
        {
            foreach (ScrubbedFile file in page.Where(file => done.Add(file.Key)))
            {
                yield return file;
            }
        }
    }

    /// <param name="total">Bytes in all, where known beforehand.</param>
    /// <param name="throttle">Counts what was read.</param>
    private sealed class Tally(long? total, ScrubThrottle throttle)
    {
        private readonly long _start = Stopwatch.GetTimestamp();

        public ScrubThrottle Throttle { get; } = throttle;

        public int Files { get; set; }

        public int Bad { get; set; }

        public int Repaired { get; set; }

        public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

        public long Rate => (long)(Throttle.Bytes / Math.Max(0.001, Elapsed.TotalSeconds));

        public override string ToString()
        {
            string read = $"{ByteCount.Format(Throttle.Bytes)}{(total is { } all ? $" of {ByteCount.Format(all)}" : "")}, {ByteCount.Format(Rate)}/s";
            string left = total is { } bytes && Rate > 0
                ? string.Create(CultureInfo.InvariantCulture, $", {TimeSpan.FromSeconds(Math.Max(0, bytes - Throttle.Bytes) / (double)Rate):hh\\:mm\\:ss} left")
                : "";
            return $"{read}{left}, {Bad.ToString(CultureInfo.InvariantCulture)} bad";
        }
    }
}
