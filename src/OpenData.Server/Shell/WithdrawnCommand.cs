using System.CommandLine;
using System.Globalization;
using OpenData.Server.Audit;
using OpenData.Server.Releases;

namespace OpenData.Server.Shell;

/// <summary><c>withdrawn list|allow</c>: the documents that are never packaged again, and taking one off that list.</summary>
internal static class WithdrawnCommand
{
    public static Command Create(CommonOptions common) => new("withdrawn", "Documents that were withdrawn and that no delivery brings back. Example: opendata-server withdrawn list CN-PA-TXTS-10-A")
    {
        ListCommand(common),
        AllowCommand(common),
    };

    private static Command ListCommand(CommonOptions common)
    {
        Argument<string?> code = new("CODE") { Description = "Only those of this dataset.", Arity = ArgumentArity.ZeroOrOne };
        Command command = new("list", "Lists them, the latest first: dataset, document, edition, when, why. Example: opendata-server withdrawn list") { code };
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = await common.PrepareAsync(arguments, stop);
            foreach (WithdrawnDocument one in await app.Services.GetRequiredService<WithdrawnDocuments>().ListAsync(arguments.GetValue(code), stop))
            {
                Console.WriteLine(string.Join('\t', one.Dataset, one.Document, one.Edition, one.WithdrawnAt.ToString("u", CultureInfo.InvariantCulture), one.Reason));
            }
            return Verb.Done;
        });
        return command;
    }

    private static Command AllowCommand(CommonOptions common)
    {
        Argument<string> code = new("CODE") { Description = "The dataset's code." };
        Argument<string> document = new("DOCUMENT") { Description = "The document, as 'withdrawn list' spells it." };
        Option<string> reason = new("--reason") { Description = "Why; it is kept in the audit trail.", HelpName = "TEXT", Required = true };
        Command command = new(
            "allow",
            """
            Lets a document be packaged again. What was withdrawn stays withdrawn; 'package CODE EDITION' makes a new revision with it.
            Example: opendata-server withdrawn allow CN-PA-TXTS-10-A CN104751825B --reason "It was another person's." && opendata-server package CN-PA-TXTS-10-A 20240102
            """) { code, document, reason };
        command.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValue(reason)))
            {
                result.AddError("--reason must say why.");
            }
        });
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = await common.PrepareAsync(arguments, stop);
            string dataset = arguments.GetRequiredValue(code);
            string name = arguments.GetRequiredValue(document);
            AuditAct act = new(AccountCommand.Actor, "document.allow", dataset, Reason: arguments.GetRequiredValue(reason), Before: name);
            WithdrawnDocument? allowed = await app.Services.GetRequiredService<WithdrawnDocuments>()
                .AllowAsync(dataset, name, app.Services.GetRequiredService<AuditTrail>().Of(act), stop);
            if (allowed is null)
            {
                await Console.Error.WriteLineAsync($"'{name}' of {dataset} is not withdrawn. See: opendata-server withdrawn list {dataset}");
                return Verb.Failed;
            }
            Console.WriteLine($"{name} may be packaged again. A revision with it: opendata-server package {dataset} {allowed.Edition}");
            return Verb.Done;
        });
        return command;
    }
}
