using System.Diagnostics;
using System.Text;
using OpenData.Mirror;
using OpenData.Mirror.Commands;

namespace OpenData.Tests.Mirror;

/// <summary>The command <c>opendata</c> as a user runs it.</summary>
internal static class Client
{
    /// <summary>In this process, which is quicker.</summary>
    public static async Task<Ended> RunAsync(WilfulServer server, params string[] arguments) => await RunAsync([.. arguments, "--server", server.Url]);

    public static Task<Ended> RunAsync(string[] arguments, CancellationToken stop = default) => RunAsync(default, int.MaxValue, arguments, stop);

    /// <summary>For a reader of this language, who has so many columns.</summary>
    public static async Task<Ended> RunAsync(UserLanguage language, int columns, string[] arguments, CancellationToken stop = default)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        Terminal terminal = new(output, error, interactive: false, TimeProvider.System, language: language) { Width = () => columns };
        int code = await CommandLine.RunAsync(arguments, terminal, stop);
        return new Ended(code, output.ToString(), error.ToString());
    }

    /// <summary>As a process of its own, which can be killed, in English; the published one where <c>OPENDATA_CLIENT</c> says where it is.</summary>
    public static Process Start(params string[] arguments) => StartIn("C", arguments);

    /// <summary>As a process of its own to its end, where this is the locale.</summary>
    public static async Task<Ended> RunInAsync(string locale, params string[] arguments)
    {
        using Process process = StartIn(locale, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return new Ended(process.ExitCode, await output, await error);
    }

    private static Process StartIn(string locale, string[] arguments)
    {
        string? published = Environment.GetEnvironmentVariable("OPENDATA_CLIENT");
        ProcessStartInfo start = new(published ?? "dotnet", published is null ? ["exec", Path.Combine(AppContext.BaseDirectory, "opendata.dll"), .. arguments] : arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            Environment = { ["LC_ALL"] = locale },
        };
        return Process.Start(start)!;
    }

    internal sealed record Ended(int Code, string Output, string Error);
}
