using System.Globalization;

namespace OpenData.Mirror.Commands;

/// <summary>
/// What System.CommandLine says of a wrong command line, in Chinese: its own translations are satellite assemblies, which a single trimmed program does not bring along. A sentence that is not
/// here stays as it is.
/// </summary>
internal static class ParserWords
{
    private static readonly string[] s_places = ["{0}", "{1}", "{2}"];

    private static readonly (string English, string Chinese)[] s_sentences =
    [
        ("Required command was not provided.", "请给出命令。"),
        ("Unrecognized command or argument '{0}'.", "无法识别“{0}”。"),
        ("Option '{0}' is required.", "缺少选项 {0}。"),
        ("Required argument missing for option: '{0}'.", "选项 {0} 缺少取值。"),
        ("Required argument '{0}' missing for command: '{1}'.", "命令 {1} 缺少参数 {0}。"),
        ("Required argument missing for command: '{0}'.", "命令 {0} 缺少参数。"),
        ("Option '{0}' expects a single argument but {1} were provided.", "选项 {0} 只能有一个取值，却给出了 {1} 个。"),
        ("Argument '{0}' not recognized. Must be one of:{1}", "“{0}”不可用，请选择：{1}"),
        ("Cannot parse argument '{0}' for option '{1}' as expected type '{2}'.", "选项 {1} 的取值“{0}”无效。"),
        ("Cannot parse argument '{0}' for command '{1}' as expected type '{2}'.", "命令 {1} 的参数“{0}”无效。"),
        ("Response file not found '{0}'.", "找不到参数文件“{0}”。"),
        ("Error reading response file '{0}': {1}", "无法读取参数文件“{0}”：{1}"),
    ];

    public static string Chinese(string message)
    {
        foreach ((string english, string chinese) in s_sentences)
        {
            if (TryRead(message, english.Split(s_places, StringSplitOptions.None), out List<string> values))
            {
                return string.Format(CultureInfo.InvariantCulture, chinese, [.. values]);
            }
        }
        return message;
    }

    /// <summary>Reads what stands between the fixed parts of a sentence.</summary>
    private static bool TryRead(string message, string[] parts, out List<string> values)
    {
        values = [];
        int at = parts[0].Length;
        if (!message.StartsWith(parts[0], StringComparison.Ordinal))
        {
            return false;
        }
        for (int i = 1; i < parts.Length; i++)
        {
            bool last = i == parts.Length - 1;
            int end = !last ? message.IndexOf(parts[i], at, StringComparison.Ordinal) : message.EndsWith(parts[i], StringComparison.Ordinal) ? message.Length - parts[i].Length : -1;
            if (end < at)
            {
                return false;
            }
            values.Add(message[at..end]);
            at = end + parts[i].Length;
        }
        return at == message.Length;
    }
}
