using System.CommandLine;
using OpenData.Server.Catalog;
using OpenData.Server.Scheduling;

namespace OpenData.Server.Shell;

/// <summary><c>catalog check [DIR]</c>: every error of a catalog with file, line and what is expected.</summary>
internal static class CatalogCommand
{
    public static Command Create(Func<ParseResult, string> configuredFolder)
    {
        Argument<string?> folder = new("DIR") { Description = "The catalog folder; by default the configured one.", Arity = ArgumentArity.ZeroOrOne };
        Command check = new("check", "Validates the catalog's files. Example: opendata-server catalog check ./catalog") { folder };
        check.SetAction(arguments => Check(arguments.GetValue(folder) ?? configuredFolder(arguments), arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error));
        return new Command("catalog", "The curated files that describe the datasets, tiers and terms.") { check };
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
            return 1;
        }
        output.WriteLine($"{folder}: {catalog.Datasets.Count} datasets, {catalog.Tiers.Count} tiers, {catalog.Terms.Count} terms, no errors.");
        return 0;
    }
}
