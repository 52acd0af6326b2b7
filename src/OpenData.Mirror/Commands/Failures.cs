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
            terminal.Tell(e.Words);
            return e.ExitCode;
        }
        catch (OperationCanceledException)
        {
            terminal.Tell(new("interrupted; the same command goes on from here", "已中断；再次执行同一命令即可从此处继续"));
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Tell(DiskFailure.Of(e, terminal.Language.Say("files", "文件")).Words);
            return ExitCode.Failed;
        }
    }
}
