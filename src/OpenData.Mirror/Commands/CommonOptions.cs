using System.CommandLine;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Commands;

/// <summary>The settings that every command understands: from the command line, or else from the environment.</summary>
internal sealed class CommonOptions(UserLanguage language)
{
    public const string ServerVariable = "OPENDATA_SERVER";
    public const string KeyVariable = "OPENDATA_KEY";

    public Option<string?> Server { get; } = new("--server")
    {
        Description = language.Say(
            $"Address of the server, such as https://data.example. Default: the environment variable {ServerVariable}.",
            $"服务器地址，如 https://data.example。默认取环境变量 {ServerVariable}。"),
        HelpName = "URL",
        Recursive = true,
    };

    public Option<string?> Key { get; } = new("--key")
    {
        Description = language.Say(
            $"Your key. Other users of this machine can see a command line: better set the environment variable {KeyVariable}.",
            $"您的访问密钥。本机其他用户能看到命令行，建议改用环境变量 {KeyVariable}。"),
        HelpName = "KEY",
        Recursive = true,
    };

    public Option<TimeSpan?> GiveUpAfter { get; } = new("--give-up-after")
    {
        Description = language.Say(
            "How long to go on trying while nothing arrives, such as 90s, 5m, 2h. Default: 5m; for list 15s.",
            "收不到任何数据时持续重试多久，如 90s、5m、2h。默认 5m，list 为 15s。"),
        HelpName = "TIME",
        Recursive = true,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Duration.TryParse(text, out TimeSpan time))
            {
                return time;
            }
            result.AddError(language.Say($"--give-up-after: '{text}' is not a time such as 90s, 5m or 2h.", $"--give-up-after：“{text}”不是时长，请写成 90s、5m 或 2h 这样的形式。"));
            return null;
        },
    };

    /// <summary>The server of this command. Warns when the key could be read on its way.</summary>
    /// <exception cref="MirrorException">Wrong usage.</exception>
    public Server Connect(ParseResult parsed, DownloadOptions options, Terminal terminal)
    {
        string text = parsed.GetValue(Server) ?? Environment.GetEnvironmentVariable(ServerVariable)
            ?? throw MirrorException.Usage(new($"Which server? Give --server URL or set {ServerVariable}.", $"未指定服务器。请用 --server 给出地址，或设置环境变量 {ServerVariable}。"));
        ServerAddress address = ServerAddress.Parse(text);
        string? key = parsed.GetValue(Key) ?? Environment.GetEnvironmentVariable(KeyVariable);
        if (string.IsNullOrWhiteSpace(key))
        {
            key = null;
        }
        else if (key.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
        {
            throw MirrorException.Usage(new("The key has characters that no key has.", "访问密钥中有不应出现的字符，请核对。"));
        }
        if (key is not null && address.ExposesKey)
        {
            terminal.Warn(new(
                $"the key goes to {address} over plain HTTP, where others can read it: use https if the server has it",
                $"访问密钥将以未加密的 HTTP 发往 {address}，可能被他人截获；服务器如支持 https，请改用"));
        }
        Patience patience = new(options.GiveUpAfter, terminal.Time, terminal.Notice, options.MostFailures);
        return new Server(address, key, patience, options.Connections, options.Stall, terminal.Time);
    }
}
