using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using OpenData.Tests.Mirror;

namespace OpenData.Tests.EndToEnd;

/// <summary><c>opendata sync --follow</c> until it is killed.</summary>
internal sealed class MirrorProcess
{
    private const int SigStop = 19;
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private TaskCompletionSource _fullDisk = new();

    private MirrorProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Heard(line.Data);
        process.ErrorDataReceived += (_, line) => Heard(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Ended = process.WaitForExitAsync();
    }

    public Task Ended { get; }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static MirrorProcess Start(string mirror, string url) =>
        new(Client.Start("sync", "--to", mirror, "--server", url, "--superseded", "remove", "--follow", "--connections", "4"));

    /// <summary>Whether it says that the disk is full, from now on and before a while is over.</summary>
    public async Task<bool> TellsFullDiskAsync(TimeSpan atMost)
    {
        TaskCompletionSource told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _fullDisk, told);
        return await Task.WhenAny(told.Task, Task.Delay(atMost)) == told.Task;
    }

    /// <summary>Not one instruction of it runs any more; its connections go on receiving.</summary>
    public void Freeze() => Kill(_process.Id, SigStop).ShouldBe(0);

    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
        await Ended;
        _process.Dispose();
    }

    private void Heard(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
        if (line?.Contains("the disk is full", StringComparison.Ordinal) == true)
        {
            Volatile.Read(ref _fullDisk).TrySetResult();
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
