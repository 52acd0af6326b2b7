using OpenData.Mirror.Downloads;

namespace OpenData.Mirror.Commands;

/// <summary>How a failed command ends: one sentence on standard error, and its exit code.</summary>
internal static class Failures
{
    public static async Task<int> TellAsync(Terminal terminal, Func<Task> command)
    {
        try
        {
            await command();
            return ExitCode.Done;
        }
        catch (MirrorException e)
        {
            await terminal.Error.WriteLineAsync($"opendata: {e.Message}");
            return e.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await terminal.Error.WriteLineAsync("opendata: interrupted; the same command goes on from here");
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await terminal.Error.WriteLineAsync($"opendata: {DiskFailure.Of(e, "files").Message}");
            return ExitCode.Failed;
        }
    }
}
