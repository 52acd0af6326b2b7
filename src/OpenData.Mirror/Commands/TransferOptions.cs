using System.CommandLine;
using System.Globalization;
using OpenData.Format;
using OpenData.Mirror.Downloads;

namespace OpenData.Mirror.Commands;

/// <summary>The settings of commands that transfer files.</summary>
/// <param name="language">Of the help and of refusals.</param>
/// <param name="connections">How many the command makes by default.</param>
internal sealed class TransferOptions(UserLanguage language, int connections)
{
    public const int MostConnections = 32;

    public Option<int> Connections { get; } = new("--connections")
    {
        Description = language.Say($"Connections that receive at one time, 1 to {MostConnections}.", $"同时接收数据的连接数，1 至 {MostConnections}。"),
        HelpName = "N",
        DefaultValueFactory = _ => connections,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= MostConnections)
            {
                return number;
            }
            result.AddError(language.Say($"--connections: expected 1 to {MostConnections}.", $"--connections：应为 1 至 {MostConnections}。"));
            return connections;
        },
    };

    public Option<long?> MaxRate { get; } = new("--max-rate")
    {
        Description = language.Say(
            "The most to receive over all connections: 30M is 30,000,000 bytes a second, 100Mb/s is bits. Default: as fast as the server gives.",
            "所有连接合计的接收速率上限：30M 为每秒 30,000,000 字节，100Mb/s 按比特计。默认不限，以服务器给出的速率为准。"),
        HelpName = "RATE",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (TryParseRate(text, out long rate))
            {
                return rate;
            }
            result.AddError(language.Say($"--max-rate: '{text}' is not a rate such as 500k, 30M or 100Mb/s.", $"--max-rate：“{text}”不是速率，请写成 500k、30M 或 100Mb/s 这样的形式。"));
            return null;
        },
    };

    public Option<bool> TrustNewKey { get; } = new("--trust-new-key")
    {
        Description = language.Say(
            "Trust the signing key that the server shows now, besides those this folder trusts already.",
            "除本目录已信任的签名公钥外，也信任服务器当前出示的公钥。"),
    };

    public DownloadOptions Read(ParseResult parsed, CommonOptions common)
    {
        DownloadOptions options = new() { Connections = parsed.GetValue(Connections), MaxRate = parsed.GetValue(MaxRate) };
        return parsed.GetValue(common.GiveUpAfter) is { } time ? options with { GiveUpAfter = time } : options;
    }

    /// <summary>Reads bytes a second (<c>30M</c>, <c>2 MiB</c>) or bits (<c>100Mb/s</c>).</summary>
    internal static bool TryParseRate(string text, out long bytesPerSecond)
    {
        if (text.EndsWith("b/s", StringComparison.Ordinal))
        {
            int unit = text.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
            bytesPerSecond = ByteRate.TryParse($"{text[..unit]} {text[unit..].Trim()}", out ByteRate rate) ? rate.BytesPerSecond : 0;
        }
        else if (!ByteCount.TryParse(text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text, out bytesPerSecond))
        {
            return false;
        }
        return bytesPerSecond > 0;
    }
}
