using System.CommandLine;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Commands;

/// <summary>The settings that every command understands: from the command line, or else from the environment.</summary>
internal static class CommonOptions
{
    public const string ServerVariable = "OPENDATA_SERVER";
    public const string KeyVariable = "OPENDATA_KEY";

    public static readonly Option<string?> Server = new("--server")
    {
        Description = $"Address of the server, such as https://data.example. Default: the environment variable {ServerVariable}.",
        HelpName = "URL",
        Recursive = true,
    };

    public static readonly Option<string?> Key = new("--key")
    {
        Description = $"Your key. Other users of this machine can see a command line: better set the environment variable {KeyVariable}.",
        HelpName = "KEY",
        Recursive = true,
    };

    public static readonly Option<TimeSpan?> GiveUpAfter = new("--give-up-after")
    {
        Description = "How long to go on trying while nothing arrives, such as 90s, 5m, 2h. Default: 5m; for list 15s.",
        HelpName = "TIME",
        Recursive = true,
        CustomParser = result =>
        {
            if (Duration.TryParse(result.Tokens[0].Value, out TimeSpan time))
            {
                return time;
            }
            result.AddError($"--give-up-after: '{result.Tokens[0].Value}' is not a time such as 90s, 5m or 2h.");
            return null;
        },
    };

    /// <summary>The server of this command. Warns when the key could be read on its way.</summary>
    /// <exception cref="MirrorException">Wrong usage.</exception>
    public static Server Connect(ParseResult parsed, DownloadOptions options, Terminal terminal)
    {
        string text = parsed.GetValue(Server) ?? Environment.GetEnvironmentVariable(ServerVariable)
            ?? throw MirrorException.Usage($"Which server? Give --server URL or set {ServerVariable}.");
        ServerAddress address = ServerAddress.Parse(text);
        string? key = parsed.GetValue(Key) ?? Environment.GetEnvironmentVariable(KeyVariable);
        if (string.IsNullOrWhiteSpace(key))
        {
            key = null;
        }
        else if (key.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
        {
            throw MirrorException.Usage("The key has characters that no key has.");
        }
        if (key is not null && address.ExposesKey)
        {
            terminal.Warn($"the key goes to {address} over plain HTTP, where others can read it: use https if the server has it");
        }
        Patience patience = new(options.GiveUpAfter, terminal.Time, terminal.Notice, options.MostFailures);
        return new Server(address, key, patience, options.Connections, options.Stall, terminal.Time);
    }
}
