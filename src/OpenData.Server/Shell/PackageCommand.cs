using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using OpenData.Server.Catalog;
using OpenData.Server.Scheduling;
using OpenData.Server.Sources;

namespace OpenData.Server.Shell;

/// <summary><c>package CODE [EDITION] [--again]</c>, <c>package CODE --from DATE --to DATE [--dry-run]</c>: packages what is due now, or back files, in this process, with progress.</summary>
internal static class PackageCommand
{
    public static Command Create(CommonOptions common)
    {
        Argument<string> code = new("CODE") { Description = "The dataset's code, such as CN-PA-TXTS-10-A." };
        Argument<string?> edition = new("EDITION") { Description = "One edition; by default every edition that is due.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> again = new("--again") { Description = "Package a published edition once more, into nothing, and say whether the bytes are identical." };
        Option<DateOnly?> from = new("--from") { Description = "Back files: the first day of the editions to package.", HelpName = "DATE", CustomParser = Day };
        Option<DateOnly?> to = new("--to") { Description = "Back files: the last day.", HelpName = "DATE", CustomParser = Day };
        Option<bool> dryRun = new("--dry-run") { Description = "Back files: only say what would be packaged." };
        Command command = new(
            "package",
            """
            Packages what is due now, in this process. Example: opendata-server package CN-PA-TXTS-10-A 20240102 --again
            Back files, in the order of their days, giving way to today's editions: opendata-server package CN-PA-TXTS-10-A --from 2001-01-01 --to 2015-12-31 --dry-run
            """) { code, edition, again, from, to, dryRun };
        command.Validators.Add(result =>
        {
            if (result.GetValue(again) && result.GetValue(edition) is null)
            {
                result.AddError("--again needs an EDITION: which one should be packaged once more?");
            }
            bool back = result.GetResult(from) is not null || result.GetResult(to) is not null;
            if (back && result.GetValue(edition) is not null)
            {
                result.AddError("Give an EDITION or the days --from and --to, not both.");
            }
            if (result.GetValue(dryRun) && !back)
            {
                result.AddError("--dry-run goes with --from and --to.");
            }
        });
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = await common.PrepareAsync(arguments, stop);
            if (arguments.GetValue(from) is not null || arguments.GetValue(to) is not null)
            {
                return await BackFilesDisplay.RunAsync(
                    app.Services,
                    arguments.GetRequiredValue(code),
                    arguments.GetValue(from) ?? DateOnly.MinValue,
                    arguments.GetValue(to) ?? DateOnly.MaxValue,
                    arguments.GetValue(dryRun),
                    stop);
            }
            return await RunAsync(app.Services, arguments.GetRequiredValue(code), arguments.GetValue(edition), arguments.GetValue(again), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(IServiceProvider services, string code, string? edition, bool again, CancellationToken stop)
    {
        DatasetCatalog catalog = services.GetRequiredService<ICurrentCatalog>().Current;
        if (!catalog.Datasets.TryGetValue(code, out Dataset? dataset))
        {
            return await UnknownAsync(catalog, code);
        }
        if (again)
        {
            return await CompareAsync(services.GetRequiredService<PackageDataset>(), dataset, edition!, stop);
        }
        DueEditions due = services.GetRequiredService<DueEditions>();
        IReadOnlyList<string> editions = edition is null
            ? await due.OfAsync(dataset, services.GetRequiredService<SourceFactory>().For(dataset), stop)
            : [edition];
        if (editions.Count == 0)
        {
            Console.WriteLine($"Nothing is due for {code}: every edition that has arrived is published, held, rejected or withdrawn.");
            return Verb.Done;
        }
        await using DatasetLease lease = await due.TakeLeaseAsync(code, stop);
        int exitCode = Verb.Done;
        foreach (string name in editions)
        {
            RunOutcome outcome = await PackagingDisplay.ShowAsync(
                $"{code}/{name}", progress => due.RunAsync(dataset, name, lease, progress, stop));
            await (outcome.State == RunState.Failed ? Console.Error : Console.Out).WriteLineAsync(Describe(code, name, outcome));
            exitCode = outcome.State is RunState.Failed or RunState.Cancelled ? Verb.Failed : exitCode;
        }
        return exitCode;
    }

    private static async Task<int> CompareAsync(PackageDataset pipeline, Dataset dataset, string edition, CancellationToken stop)
    {
        RunOutcome outcome = await PackagingDisplay.ShowAsync(
            $"{dataset.Code}/{edition} again", progress => pipeline.CompareAsync(dataset, edition, progress, stop));
        await (outcome.State == RunState.Failed ? Console.Error : Console.Out).WriteLineAsync($"{dataset.Code}/{edition}: {outcome.Reason}");
        return outcome.State == RunState.Failed ? Verb.Failed : Verb.Done;
    }

    internal static async Task<int> UnknownAsync(DatasetCatalog catalog, string code)
    {
        await Console.Error.WriteLineAsync($"The catalog has no dataset '{code}'. Its codes: {string.Join(", ", catalog.Datasets.Keys.Order(StringComparer.Ordinal))}");
        return Verb.WrongUsage;
    }

    private static DateOnly? Day(ArgumentResult argument)
    {
        if (DateOnly.TryParseExact(argument.Tokens[0].Value, ["yyyy-MM-dd", "yyyyMMdd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
        {
            return day;
        }
        argument.AddError($"'{argument.Tokens[0].Value}' is not a day such as 2024-01-02.");
        return null;
    }

    internal static string Describe(string code, string edition, RunOutcome outcome) => outcome.State switch
    {
        RunState.Published => $"{outcome.Release} is published.",
        RunState.Held => $"{code}/{edition} is held for a curator: {outcome.Reason}",
        RunState.Unchanged => $"{code}/{edition}: {outcome.Reason}",
        RunState.Cancelled => $"{code}/{edition} was stopped: {outcome.Reason}. Nothing of it is visible; run the command again.",
        _ => $"{code}/{edition} failed: {outcome.Reason} Nothing of it is visible; the next run does it again.",
    };
}
