using System.CommandLine;
using System.Text.RegularExpressions;
using OpenData.Mirror;
using OpenData.Mirror.Commands;

namespace OpenData.Tests.Mirror;

/// <summary>What the client says to who reads Chinese, and what it says to programs all the same.</summary>
public sealed partial class ChineseTests
{
    private static readonly UserLanguage s_chinese = new(IsChinese: true);

    [Fact]
    public async Task The_help_of_every_command_is_in_one_language_and_fits_80_columns()
    {
        RootCommand root = CommandLine.Create(new Terminal(TextWriter.Null, TextWriter.Null, interactive: false, TimeProvider.System));
        foreach (string[] command in root.Subcommands.Select(c => new[] { c.Name, "--help" }).Append(["--help"]))
        {
            Client.Ended english = await Client.RunAsync(default, 80, command);
            Client.Ended chinese = await Client.RunAsync(s_chinese, 80, command);

            english.Code.ShouldBe(ExitCode.Done, english.Error);
            chinese.Code.ShouldBe(ExitCode.Done, chinese.Error);
            ChineseCharacter().Matches(english.Output).ShouldBeEmpty(english.Output);
            EnglishLeft(chinese.Output).ShouldBeEmpty(chinese.Output);
            Lines(english.Output).Length.ShouldBeGreaterThan(8);
            foreach (string line in Lines(english.Output).Concat(Lines(chinese.Output)).Where(line => !line.StartsWith("  opendata", StringComparison.Ordinal)))
            {
                Columns.Of(line).ShouldBeLessThanOrEqualTo(80, line);
            }
            NamesIn(chinese.Output).ShouldBe(NamesIn(english.Output));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("get")]
    [InlineData("get lower-case")]
    [InlineData("get CN-PA-TEST-10 ../x")]
    [InlineData("get CN-PA-TEST-10 20240102 --from 2024-01-01")]
    [InlineData("get CN-PA-TEST-10 --from soon")]
    [InlineData("get CN-PA-TEST-10 --connections 0")]
    [InlineData("get CN-PA-TEST-10 --connections many")]
    [InlineData("get CN-PA-TEST-10 --max-rate fast")]
    [InlineData("get CN-PA-TEST-10 --give-up-after soon")]
    [InlineData("get CN-PA-TEST-10 20240102 more")]
    [InlineData("get --sha256 xyz")]
    [InlineData("sync")]
    [InlineData("sync --to")]
    [InlineData("sync --to a --to b")]
    [InlineData("sync --to a --dataset b")]
    [InlineData("sync --to a --superseded eat")]
    [InlineData("sync --to a --once --follow")]
    [InlineData("verify")]
    [InlineData("verify a --sample all")]
    [InlineData("list --server ftp://example")]
    [InlineData("list --server http://user:pw@127.0.0.1/")]
    [InlineData("list --key 密钥 --server http://127.0.0.1:1")]
    [InlineData("list --no-such-option")]
    [InlineData("list --json --json=maybe")]
    [InlineData("@none")]
    [InlineData("frobnicate")]
    public async Task Wrong_usage_is_told_in_Chinese(string line)
    {
        Client.Ended ended = await Client.RunAsync(s_chinese, 80, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        ended.Code.ShouldBe(ExitCode.Usage, ended.Error);
        EnglishLeft(ended.Error).ShouldBeEmpty(ended.Error);
        Lines(ended.Error).Where(told => told.StartsWith("opendata: ", StringComparison.Ordinal)).ShouldAllBe(told => ChineseCharacter().IsMatch(told), ended.Error);
    }

    [Fact]
    public void A_table_of_wide_names_and_heads_is_aligned()
    {
        using StringWriter output = new();
        TextTable table = new("期次", ">大小", "状态");
        table.Add("20240102", "12.3 MB", "已发布");
        table.Add("生物序列2023年", "1 B", "已撤回");
        table.WriteTo(output);

        string[] lines = Lines(output.ToString());
        lines.Select(line => Columns.Of(line[..line.LastIndexOf(' ')])).Distinct().ShouldHaveSingleItem();
        lines[1].ShouldBe("20240102        12.3 MB  已发布");
    }

    [Theory]
    [InlineData("只下载压缩包内的这个文件，或该文献号下的全部文件；按原名存入 DIR。", 20, "只下载压缩包内的这个|文件，或该文献号下的|全部文件；按原名存入|DIR。")]
    [InlineData("每行一个（供程序使用）：bad、missing", 10, "每行一个|（供程序使|用）：|bad、|missing")]
    [InlineData("one word and averyverylongone", 10, "one word|and|averyverylongone")]
    public void Lines_break_at_spaces_and_beside_characters_where_punctuation_allows(string text, int columns, string lines) =>
        string.Join('|', Columns.Wrap(text, columns)).ShouldBe(lines);

    /// <summary>Latin words that are no names (of commands, options, values, events, places), no units, and not in quotes, where is what was typed.</summary>
    private static string[] EnglishLeft(string text) => [.. Lines(text)
        .Where(line => !line.StartsWith("  opendata", StringComparison.Ordinal))
        .SelectMany(line => Word().Matches(Name().Replace(line, " ")).Select(match => match.Value))];

    /// <summary>Options with their values, and examples: the same in every language.</summary>
    private static string[] NamesIn(string help) => [.. Lines(help)
        .Where(line => line.StartsWith("  -", StringComparison.Ordinal))
        .SelectMany(line => line.TrimStart().Split("  ")[0].Split([' ', '（']).Where(part => part[0] is '-' or '<'))
        .Concat(Lines(help).Where(line => line.StartsWith("  opendata ", StringComparison.Ordinal) && !line.EndsWith(']')))];

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"[⺀-鿿＀-￯]", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex ChineseCharacter();

    // Options, <values>, addresses and paths, NAMES IN CAPITALS, numbers with their units, commands, values of options, events, what is in quotes.
    [GeneratedRegex(
        @"“[^”]*”|'[^']*'|--?[a-z0-9-]+|<[^>]*>|[!-~]*/[!-~]*|\b[A-Z][A-Z0-9_-]*\b|\b\d+[A-Za-z]+\b|\b(opendata|list|get|sync|verify|keep|remove|quarantine|items|https?|state\.json"
        + "|fetched|removed|withdrawn|failed|refused|progress|up-to-date|notice|bad|missing|surplus|verified)\\b",
        RegexOptions.ECMAScript, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Name();

    [GeneratedRegex(@"[A-Za-z]{2,}", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Word();
}
