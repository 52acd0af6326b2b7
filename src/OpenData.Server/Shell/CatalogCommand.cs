using System.CommandLine;
using System.Globalization;
using OpenData.Server.Catalog;
using OpenData.Server.Catalog.Edits;
using OpenData.Server.Database;
using OpenData.Server.Scheduling;

namespace OpenData.Server.Shell;

/// <summary><c>catalog check</c>, and what curators edited on the site: <c>catalog export</c>, <c>edits</c>, <c>undo</c>.</summary>
internal static class CatalogCommand
{
    public static Command Create(CommonOptions common) => new("catalog", "The curated files that describe the datasets, tiers and terms.")
    {
        CheckCommand(common.CatalogFolder),
        ExportCommand(common.PrepareAsync),
        EditsCommand(arguments => ServerApplication.Build(common.Settings(arguments), Roles.None)),
        UndoCommand(arguments => ServerApplication.Build(common.Settings(arguments), Roles.None)),
    };

    private static Command CheckCommand(Func<ParseResult, string> configuredFolder)
    {
        Argument<string?> folder = new("DIR") { Description = "The catalog folder; by default the configured one.", Arity = ArgumentArity.ZeroOrOne };
        Command check = new("check", "Validates the catalog's files. Example: opendata-server catalog check ./catalog") { folder };
        check.SetAction(arguments => Check(arguments.GetValue(folder) ?? configuredFolder(arguments), arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error));
        return check;
    }

    private static int Check(string folder, TextWriter output, TextWriter errorOutput)
    {
        (DatasetCatalog? catalog, IReadOnlyList<CatalogError> errors) = CatalogFiles.Load(folder, Schedules.CronFault);
        foreach (CatalogError error in errors)
        {
            errorOutput.WriteLine(Path.Combine(folder, error.ToString()));
        }
        if (catalog is null)
        {
            errorOutput.WriteLine($"{errors.Count} error(s). Nothing was changed.");
            return Verb.Failed;
        }
        output.WriteLine($"{folder}: {catalog.Datasets.Count} datasets, {catalog.Tiers.Count} tiers, {catalog.Terms.Count} terms, no errors.");
        return Verb.Done;
    }

    internal static Command ExportCommand(Func<ParseResult, CancellationToken, Task<WebApplication>> prepare)
    {
        Argument<string> folder = new("DIR") { Description = "A working copy of the catalog's repository, or an empty folder." };
        Command export = new("export", "Writes the catalog in force, with what was edited on the site, as files. Example: opendata-server catalog export ./catalog") { folder };
        export.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = await prepare(arguments, stop);
            CurrentCatalog catalog = app.Services.GetRequiredService<CurrentCatalog>();
            TextWriter output = arguments.InvocationConfiguration.Output;
            string to = arguments.GetValue(folder)!;
            IReadOnlyList<string> written = CatalogExport.Write(catalog.State, catalog.Folder, to);
            foreach (string file in written)
            {
                await output.WriteLineAsync(Path.Combine(to, file));
            }
            await output.WriteLineAsync($"{written.Count} file(s) written, {catalog.State.Texts.Files.Count} text(s) in all.");
            return Verb.Done;
        });
        return export;
    }

    /// <summary>These two work also where the edits do not fit the files, and nothing else starts.</summary>
    internal static Command EditsCommand(Func<ParseResult, WebApplication> build)
    {
        Command list = new("edits", "Lists what was edited on the site and is in force or waits, the newest first. Example: opendata-server catalog edits");
        list.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = build(arguments);
            await app.Services.GetRequiredService<Migrator>().MigrateAsync(stop);
            CatalogEdits edits = app.Services.GetRequiredService<CatalogEdits>();
            foreach (CatalogEdit edit in (await edits.ListAsync(EditState.Proposed, null, null, int.MaxValue, stop)).Concat(await edits.ListAsync(EditState.InForce, null, null, int.MaxValue, stop)))
            {
                await arguments.InvocationConfiguration.Output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{edit.Id}\t{(edit.State is EditState.Proposed ? "proposed" : "in force")}\t{edit.At:yyyy-MM-dd HH:mm'Z'}\t{edit.Author}\t{string.Join(' ', edit.Files.Select(file => file.Path))}\t{edit.Reason.ReplaceLineEndings(" ")}"));
            }
            return Verb.Done;
        });
        return list;
    }

    internal static Command UndoCommand(Func<ParseResult, WebApplication> build)
    {
        Argument<long> number = new("NUMBER") { Description = "The edit's number, as catalog edits tells it." };
        Command undo = new("undo", "Takes an edit back that was made on the site. Example: opendata-server catalog undo 12") { number };
        undo.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = build(arguments);
            await app.Services.GetRequiredService<Migrator>().MigrateAsync(stop);
            long id = arguments.GetValue(number);
            EditOutcome outcome = await app.Services.GetRequiredService<CatalogEdits>().UndoAsync(id, $"shell:{Environment.UserName}", null, stop);
            if (outcome.Edit is { } edit)
            {
                await arguments.InvocationConfiguration.Output.WriteLineAsync($"Edit {id} is undone: {string.Join(", ", edit.Files.Select(file => file.Path))}.");
                return Verb.Done;
            }
            TextWriter error = arguments.InvocationConfiguration.Error;
            await error.WriteLineAsync(outcome.Fault switch
            {
                EditFault.Overtaken => $"A newer edit of the same text stands over edit {id}; undo that one first. opendata-server catalog edits lists them.",
                EditFault.Broken => $"Without edit {id} the catalog would have errors:",
                _ => $"There is no edit {id} in force. opendata-server catalog edits lists them.",
            });
            foreach (CatalogError fault in outcome.Errors)
            {
                await error.WriteLineAsync("  " + fault);
            }
            return Verb.Failed;
        });
        return undo;
    }
}
