using System.CommandLine;
using System.Net.Sockets;

namespace OpenData.Server.Shell;

/// <summary><c>health [URL]</c>: asks a running server whether it is ready; for containers, which have no curl.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Command Create(CommonOptions common)
    {
        Argument<string?> url = new("URL") { Description = "The server; by default the first address that the settings let it listen on.", DefaultValueFactory = _ => null };
        Command command = new("health", "Asks a running server whether it is ready, and ends with 1 where it is not. Example: opendata-server health http://127.0.0.1:8080") { url };
        command.SetAction(async (arguments, stop) => await AskAsync(arguments.GetValue(url) ?? Address(common.Settings(arguments)), stop));
        return command;
    }

    /// <summary>Where a server that listens on these addresses (separated by semicolons) is to be asked from the same machine.</summary>
    internal static string Reachable(string urls)
    {
        string first = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[0];
        // "Every address", as Kestrel takes it, is none that can be called.
        foreach (string all in (string[])["://0.0.0.0", "://[::]", "://*", "://+"])
        {
            first = first.Replace(all, "://127.0.0.1", StringComparison.Ordinal);
        }
        return first.TrimEnd('/');
    }

    private static string Address(ServerSettings settings)
    {
        ConfigurationManager configuration = new();
        settings.ApplyTo(configuration);
        return Reachable(configuration["ASPNETCORE_URLS"] ?? configuration["urls"] ?? ServerSettings.DefaultUrl);
    }

    private static async Task<int> AskAsync(string url, CancellationToken stop)
    {
        using SocketsHttpHandler direct = new() { UseProxy = false };
        using HttpClient client = new(direct) { Timeout = Patience };
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri(url + "/readyz"), stop);
            string text = (await answer.Content.ReadAsStringAsync(stop)).Trim();
            await (answer.IsSuccessStatusCode ? Console.Out : Console.Error).WriteLineAsync(text);
            return answer.IsSuccessStatusCode ? Verb.Done : Verb.Failed;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or UriFormatException or InvalidOperationException or NotSupportedException
            || (e is TaskCanceledException && !stop.IsCancellationRequested))
        {
            await Console.Error.WriteLineAsync($"{url} does not answer: {e.Message}");
            return Verb.Failed;
        }
    }
}
