using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Scheduling;
using OpenData.Server.Storage;

namespace OpenData.Server.Shell;

/// <summary>How every verb ends: 0 done, 1 something failed and is named, 2 wrong usage.</summary>
internal static class Verb
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in parsed.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal))
            {
                await Console.Error.WriteLineAsync(message);
            }
            await Console.Error.WriteLineAsync($"Help: opendata-server {(parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ")}--help");
            return WrongUsage;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeToEnd(parsed) });
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped.");
            return Failed;
        }
        catch (Exception e) when (IsExpected(e))
        {
            await Console.Error.WriteLineAsync(Message(e));
            return Failed;
        }
    }

    /// <summary>How long after a signal it may take to end in order: a service has a time of its own, that of its drain.</summary>
    private static TimeSpan TimeToEnd(ParseResult parsed) => parsed.CommandResult.Command.Name is "serve" or "demo" ? TimeSpan.FromDays(2) : TimeSpan.FromSeconds(20);

    private static string Message(Exception e) => e switch
    {
        OptionsValidationException settings => string.Join(Environment.NewLine, settings.Failures),
        AggregateException several => string.Join(Environment.NewLine, several.InnerExceptions.Select(Message)),
        _ => e.Message,
    };

    /// <summary>What a person can mend is told in its own words; anything else is a fault of the program and shows its trace.</summary>
    private static bool IsExpected(Exception e) => e switch
    {
        OptionsValidationException or ValidationException or CatalogRefusedException => true,
        DatabaseUnavailableException or BlobStoreUnavailableException or IOException or UnauthorizedAccessException => true,
        RunFailedException or DatasetBusyException => true,
        AggregateException several => several.InnerExceptions.All(IsExpected),
        // How the configuration binder tells of a value that it cannot read; its message has the setting's full name.
        InvalidOperationException { InnerException: FormatException or ArgumentException } => true,
        _ => false,
    };
}
