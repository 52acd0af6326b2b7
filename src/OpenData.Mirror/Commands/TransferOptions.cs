using System.CommandLine;
using OpenData.Format;
using OpenData.Mirror.Downloads;

namespace OpenData.Mirror.Commands;

/// <summary>The settings of commands that transfer files.</summary>
internal static class TransferOptions
{
    public const int MostConnections = 32;

    public static Option<int> Connections { get; } = MakeConnections(new DownloadOptions().Connections);

    public static Option<long?> MaxRate { get; } = new("--max-rate")
    {
        Description = "The most to receive over all connections: 30M is 30,000,000 bytes a second, 100Mb/s is bits. Default: as fast as the server gives.",
        HelpName = "RATE",
        CustomParser = result =>
        {
            if (TryParseRate(result.Tokens[0].Value, out long rate))
            {
                return rate;
            }
            result.AddError($"--max-rate: '{result.Tokens[0].Value}' is not a rate such as 500k, 30M or 100Mb/s.");
            return null;
        },
    };

    public static Option<bool> TrustNewKey { get; } = new("--trust-new-key")
    {
        Description = "Trust the signing key that the server shows now, besides those this folder trusts already.",
    };

    public static DownloadOptions Read(ParseResult parsed, Option<int>? connections = null)
    {
        DownloadOptions options = new() { Connections = parsed.GetValue(connections ?? Connections), MaxRate = parsed.GetValue(MaxRate) };
        return parsed.GetValue(CommonOptions.GiveUpAfter) is { } time ? options with { GiveUpAfter = time } : options;
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

    /// <summary>The option, for a command with a default of its own.</summary>
    public static Option<int> MakeConnections(int byDefault)
    {
        Option<int> option = new("--connections")
        {
            Description = $"Connections that receive at one time, 1 to {MostConnections}.",
            HelpName = "N",
            DefaultValueFactory = _ => byDefault,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MostConnections)
            {
                result.AddError($"--connections: expected 1 to {MostConnections}.");
            }
        });
        return option;
    }
}
