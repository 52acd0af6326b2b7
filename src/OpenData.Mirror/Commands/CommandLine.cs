using System.CommandLine;
using System.CommandLine.Invocation;

namespace OpenData.Mirror.Commands;

/// <summary>The command line of <c>opendata</c>.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken stop = default)
    {
        RootCommand root = new("Lists, downloads and mirrors bulk open data, without ever leaving a wrong byte.")
        {
            ListCommand.Create(terminal),
            GetCommand.Create(terminal),
            SyncCommand.Create(terminal),
            VerifyCommand.Create(terminal),
            CommonOptions.Server,
            CommonOptions.Key,
            CommonOptions.GiveUpAfter,
        };
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                await terminal.Error.WriteLineAsync($"opendata: {error.Message}");
            }
            string name = parsed.CommandResult.Command == root ? "opendata" : "opendata " + parsed.CommandResult.Command.Name;
            await terminal.Error.WriteLineAsync($"opendata: see '{name} --help'");
            return ExitCode.Usage;
        }
        InvocationConfiguration configuration = new() { Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };
        return await parsed.InvokeAsync(configuration, stop);
    }
}
