using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using OpenData.Server.Database;
using OpenData.Server.Sources;

namespace OpenData.Server.Telemetry;

/// <summary>
/// One line an event on the console: <c>2026-11-22T04:38:35Z warn: Category[Id] message</c>. What operators have to mend (a database or deliveries that
/// are away) is told in its own words; where in the program it was met, which helps with everything else, would bury them. Another format of the
/// framework's is had by <c>Logging:Console:FormatterName</c>, such as <c>json</c>.
/// </summary>
internal sealed class LineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>Its name in the settings.</summary>
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = entry.Formatter(entry.State, entry.Exception);
        textWriter.Write(time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z' ", CultureInfo.InvariantCulture));
        textWriter.Write(Word(entry.LogLevel));
        textWriter.Write(": ");
        textWriter.Write(entry.Category);
        textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"[{entry.EventId.Id}] "));
        textWriter.Write(OneLine(message));
        if (entry.Exception is { } exception)
        {
            textWriter.Write(' ');
            textWriter.Write(OneLine(IsOutage(exception) ? exception.Message : exception.ToString()));
        }
        textWriter.WriteLine();
    }

    /// <summary>True where it is one, or comes of one: a failed run tells in its own message what its source said.</summary>
    private static bool IsOutage(Exception? exception) =>
        exception is DatabaseUnavailableException or SourceUnavailableException || (exception is not null && IsOutage(exception.InnerException));

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        LogLevel.Critical => "crit",
        _ => "none",
    };
}
