using System.Diagnostics;

namespace OpenData.Tests.Support;

/// <summary>A foreign program that users have: curl, aria2c, unzip …</summary>
internal static class Tool
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="folder">Its working folder.</param>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Exit code and what it printed, output and errors together.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string folder, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(3));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within 3 minutes.");
        }
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Runs it and expects that it succeeds.</summary>
    public static async Task<string> SucceedAsync(string folder, string program, params string[] arguments)
    {
        (int exitCode, string output) = await RunAsync(folder, program, arguments);
        exitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}:{Environment.NewLine}{output}");
        return output;
    }
}
