using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;

namespace OpenData.Mirror.Commands;

/// <summary>
/// The help of a command, as it is shown for <c>--help</c>. Written here and not by the parser's own page: that speaks the reader's language by satellite assemblies only, and counts
/// characters where Chinese takes two columns each.
/// </summary>
internal sealed class HelpPage(Terminal terminal) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.CommandResult.Command, parseResult.RootCommandResult.Command);
        return ExitCode.Done;
    }

    private void Write(Command command, Command root)
    {
        Head("Description:", "说明：");
        Lines("  ", command.Description ?? "");
        terminal.Output.WriteLine();

        Head("Usage:", "用法：");
        terminal.Output.WriteLine($"  {Usage(command, root)}");
        terminal.Output.WriteLine();

        IEnumerable<Option> options = command == root ? root.Options : command.Options.Concat(root.Options.Where(o => o.Recursive));
        Rows("Arguments:", "参数：", [.. command.Arguments.Select(a => ($"<{a.Name}>", a.Description ?? ""))]);
        Rows("Options:", "选项：", [.. options.Where(o => !o.Hidden).Select(o => (Label(o), Meaning(o)))]);
        Rows("Commands:", "命令：", [.. command.Subcommands.Select(c => (Label(c), c.Description ?? ""))]);
        if (command is Verb { Examples: { Count: > 0 } examples })
        {
            Head("Examples:", "示例：");
            foreach ((string line, string meaning) in examples)
            {
                terminal.Output.WriteLine($"  # {meaning}");
                terminal.Output.WriteLine($"  {line}");
            }
            terminal.Output.WriteLine();
        }
    }

    private void Head(string english, string chinese) => terminal.Output.WriteLine(terminal.Language.Say(english, chinese));

    private string Usage(Command command, Command root)
    {
        string options = terminal.Language.Say("[options]", "[选项]");
        return command == root
            ? $"opendata {terminal.Language.Say("[command]", "[命令]")} {options}"
            : $"opendata {Label(command)} {options}";
    }

    private static string Label(Command command) => string.Join(' ', [command.Name, .. command.Arguments.Select(Label)]);

    private static string Label(Argument argument) => argument.Arity.MinimumNumberOfValues == 0 ? $"[<{argument.Name}>]" : $"<{argument.Name}>";

    private string Label(Option option)
    {
        // "/?" is for who types it; it is not shown.
        string names = string.Join(", ", option.Aliases.Append(option.Name).Where(n => n[0] == '-').OrderBy(n => n.Length).ThenBy(n => n, StringComparer.Ordinal));
        return names + (option.HelpName is { } value ? $" <{value}>" : "") + (option.Required ? terminal.Language.Say(" (REQUIRED)", "（必填）") : "");
    }

    private string Meaning(Option option)
    {
        string text = option.Description ?? "";
        return option.HelpName is not null && option.HasDefaultValue && Convert.ToString(option.GetDefaultValue(), CultureInfo.InvariantCulture) is { Length: > 0 } value
            ? terminal.Language.Say($"{text} [default: {value}]", $"{text}（默认 {value}）")
            : text;
    }

    private void Rows(string english, string chinese, IReadOnlyList<(string Name, string Meaning)> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }
        Head(english, chinese);
        int names = rows.Max(r => Columns.Of(r.Name)) + 4;
        foreach ((string name, string meaning) in rows)
        {
            Lines(Columns.PadRight("  " + name, names), meaning);
        }
        terminal.Output.WriteLine();
    }

    /// <summary>Text behind a beginning, in as many lines as it takes.</summary>
    private void Lines(string before, string text)
    {
        int indent = Columns.Of(before);
        foreach (string line in Columns.Wrap(text, Math.Max(20, terminal.Width() - indent)))
        {
            terminal.Output.WriteLine(before + line);
            before = new string(' ', indent);
        }
    }
}
