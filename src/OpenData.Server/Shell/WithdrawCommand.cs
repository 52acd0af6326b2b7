using System.CommandLine;
using System.Data.Common;
using OpenData.Format;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;

namespace OpenData.Server.Shell;

/// <summary><c>withdraw CODE EDITION [--revision rN] [--document NAME] --reason TEXT [--dry-run]</c>: takes back a release, or a document out of it.</summary>
internal static class WithdrawCommand
{
    public static Command Create(CommonOptions common)
    {
        Argument<string> code = new("CODE") { Description = "The dataset's code, such as CN-PA-TXTS-10-A." };
        Argument<string> edition = new("EDITION") { Description = "The edition." };
        Option<string?> revision = new("--revision") { Description = "Only this revision; by default all of the edition.", HelpName = "rN" };
        Option<string?> document = new("--document")
        {
            Description = "Only this document, by its publication number or the name of an entry: a new revision without it follows, and no delivery brings it back.",
            HelpName = "NAME",
        };
        Option<string> reason = new("--reason") { Description = "Why; everybody who asks for it is told.", HelpName = "TEXT", Required = true };
        Option<bool> dryRun = new("--dry-run") { Description = "Only say what would happen." };
        Command command = new(
            "withdraw",
            """
            Takes back a release, or a document out of it: from then on no address serves it, and running downloads of it end. Its reason stays in its place.
            Example: opendata-server withdraw CN-PA-TXTS-10-A 20240102 --document CN104751825B --reason "It has personal data." --dry-run
            """) { code, edition, revision, document, reason, dryRun };
        command.Validators.Add(result =>
        {
            if (result.GetValue(revision) is { } text && (result.GetValue(document) is not null || !ReleaseId.TryParseRevision(text, out _)))
            {
                result.AddError(result.GetValue(document) is null ? $"'{text}' is not a revision such as r1." : "--document looks into every revision: leave out --revision.");
            }
            if (string.IsNullOrWhiteSpace(result.GetValue(reason)))
            {
                result.AddError("--reason must say why.");
            }
        });
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = await common.PrepareAsync(arguments, stop);
            int? number = ReleaseId.TryParseRevision(arguments.GetValue(revision), out int parsed) ? parsed : null;
            return await RunAsync(
                app.Services,
                arguments.GetRequiredValue(code),
                arguments.GetRequiredValue(edition),
                number,
                arguments.GetValue(document),
                arguments.GetRequiredValue(reason),
                arguments.GetValue(dryRun),
                stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        IServiceProvider services, string code, string edition, int? revision, string? document, string reason, bool dryRun, CancellationToken stop)
    {
        if (!services.GetRequiredService<ICurrentCatalog>().Current.Datasets.TryGetValue(code, out Dataset? dataset))
        {
            await Console.Error.WriteLineAsync($"The catalog has no dataset '{code}'.");
            return Verb.WrongUsage;
        }
        Withdrawals withdrawals = services.GetRequiredService<Withdrawals>();
        Func<DbTransaction, Task> also = services.GetRequiredService<AuditTrail>().Of(document is null
            ? new AuditAct(AccountCommand.Actor, "release.withdraw", revision is { } number ? new ReleaseId(code, edition, number).ToString() : $"{code}/{edition}", Reason: reason)
            : new AuditAct(AccountCommand.Actor, "document.withdraw", $"{code}/{edition}", Reason: reason, Before: document));
        WithdrawalEffect? effect = (document, dryRun) switch
        {
            (null, true) => await withdrawals.PreviewAsync(code, edition, revision, stop),
            (null, false) => await withdrawals.WithdrawAsync(code, edition, revision, reason, also, stop),
            (_, true) => await withdrawals.PreviewDocumentAsync(dataset, edition, document, stop),
            (_, false) => await withdrawals.WithdrawDocumentAsync(dataset, edition, document, reason, also, stop),
        };
        if (effect is null)
        {
            await Console.Error.WriteLineAsync(document is null
                ? $"There is no release of {code}/{edition} that could be withdrawn."
                : $"No release of {code}/{edition} that is served holds '{document}'. Name it by its publication number as the entries spell it, or by an entry's full name.");
            return Verb.Failed;
        }
        string will = dryRun ? "would be" : "is";
        foreach (ReleaseId release in effect.Releases)
        {
            Console.WriteLine($"{release} {will} withdrawn.");
        }
        Console.WriteLine($"{effect.Files} files, {ByteCount.Format(effect.Bytes)} {(dryRun ? "would no longer be" : "are no longer")} served.");
        foreach (string entry in effect.Entries)
        {
            Console.WriteLine($"  {entry}");
        }
        if (effect.RebuiltFrom is not { } from)
        {
            return Verb.Done;
        }
        Console.WriteLine($"A new revision {(dryRun ? "would be" : "is")} made out of {from} without it.");
        return dryRun ? Verb.Done : await RebuildAsync(services.GetRequiredService<DueEditions>(), dataset, stop);
    }

    private static async Task<int> RebuildAsync(DueEditions due, Dataset dataset, CancellationToken stop)
    {
        try
        {
            foreach (RunOutcome outcome in await due.RebuildAsync(dataset, stop))
            {
                Console.WriteLine($"{outcome.Release} is published. {outcome.Reason}");
            }
            return Verb.Done;
        }
        catch (DatasetBusyException)
        {
            Console.WriteLine("Another process packages the dataset just now; the running service makes the new revision next.");
            return Verb.Done;
        }
    }
}
