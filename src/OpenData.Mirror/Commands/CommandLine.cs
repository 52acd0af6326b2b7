using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace OpenData.Mirror.Commands;

/// <summary>The command line of <c>opendata</c>.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken stop = default)
    {
        RootCommand root = Create(terminal);
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
            {
                terminal.Tell(new(error.Message, ParserWords.Chinese(error.Message)));
            }
            string name = parsed.CommandResult.Command == root ? "opendata" : "opendata " + parsed.CommandResult.Command.Name;
            terminal.Tell(new($"see '{name} --help'", $"用法请见：{name} --help"));
            return ExitCode.Usage;
        }
        InvocationConfiguration configuration = new() { Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };
        return await parsed.InvokeAsync(configuration, stop);
    }

    internal static RootCommand Create(Terminal terminal)
    {
        UserLanguage language = terminal.Language;
        CommonOptions common = new(language);
        RootCommand root = new(language.Say("Lists, downloads and mirrors bulk open data, without ever leaving a wrong byte.", "查看、下载和镜像批量开放数据，落盘的每个字节都经过核验。"))
        {
            ListCommand.Create(terminal, common),
            GetCommand.Create(terminal, common),
            SyncCommand.Create(terminal, common),
            VerifyCommand.Create(terminal),
            common.Server,
            common.Key,
            common.GiveUpAfter,
        };
        foreach (Option option in root.Options)
        {
            if (option is HelpOption)
            {
                option.Description = language.Say("Show help and usage information", "显示帮助");
                option.Action = new HelpPage(terminal);
            }
            else if (option is VersionOption)
            {
                option.Description = language.Say("Show version information", "显示版本号");
            }
        }
        return root;
    }
}
