using System.Diagnostics;
using OpenData.Mirror.Commands;

namespace OpenData.Tests.Mirror;

/// <summary>The command <c>opendata</c> as a user runs it.</summary>
internal static class Client
{
    /// <summary>In this process, which is quicker.</summary>
    public static async Task<Ended> RunAsync(WilfulServer server, params string[] arguments) => await RunAsync([.. arguments, "--server", server.Url]);

    public static async Task<Ended> RunAsync(string[] arguments, CancellationToken stop = default)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(arguments, new Terminal(output, error, interactive: false, TimeProvider.System), stop);
        return new Ended(code, output.ToString(), error.ToString());
    }

    /// <summary>As a process of its own, which can be killed; the published one where <c>OPENDATA_CLIENT</c> says where it is.</summary>
    public static Process Start(params string[] arguments)
    {
        string? published = Environment.GetEnvironmentVariable("OPENDATA_CLIENT");
        ProcessStartInfo start = new(published ?? "dotnet", published is null ? ["exec", Path.Combine(AppContext.BaseDirectory, "opendata.dll"), .. arguments] : arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    internal sealed record Ended(int Code, string Output, string Error);
}
