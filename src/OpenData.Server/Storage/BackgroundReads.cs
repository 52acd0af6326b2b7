using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Storage;

/// <summary>
/// Reads local files for whoever has time: on one thread of the idle I/O class (ioprio_set(2), where the scheduler of the disk knows it), and
/// from the device, not from the page cache, which would hide what became of the bytes on the disk (posix_fadvise(2), DONTNEED before and after).
/// </summary>
internal sealed partial class BackgroundReads : IDisposable
{
    private const int DontNeed = 4; // POSIX_FADV_DONTNEED
    private const int ThisThread = 1; // IOPRIO_WHO_PROCESS, and 0 as the process
    private const int Idle = 3 << 13; // IOPRIO_CLASS_IDLE

    private readonly BlockingCollection<Request> _requests = new(boundedCapacity: 16);

    /// <summary>Starts the thread.</summary>
    public BackgroundReads() => new Thread(Run) { IsBackground = true, Name = "background reads" }.Start();

    /// <summary>Fills the buffer from an offset on.</summary>
    /// <returns>Bytes read; fewer than asked for only where the file ends.</returns>
    /// <exception cref="IOException">The device cannot read them.</exception>
    public Task<int> ReadAsync(SafeFileHandle file, Memory<byte> buffer, long offset)
    {
        Request request = new(file, buffer, offset);
        _requests.Add(request);
        return request.Done.Task;
    }

    /// <summary>Ends the thread once what was asked for is read.</summary>
    public void Dispose() => _requests.CompleteAdding();

    private void Run()
    {
        if (OperatingSystem.IsLinux() && IoPriorityCall is { } call)
        {
            _ = SysCall(call, ThisThread, 0, Idle);
        }
        foreach (Request request in _requests.GetConsumingEnumerable())
        {
            try
            {
                request.Done.SetResult(Read(request));
            }
            catch (Exception e)
            {
                request.Done.SetException(e);
            }
        }
        _requests.Dispose();
    }

    private static int Read(Request request)
    {
        Forget(request);
        int read = 0;
        while (read < request.Buffer.Length)
        {
            int count = RandomAccess.Read(request.File, request.Buffer.Span[read..], request.Offset + read);
            if (count == 0)
            {
                break;
            }
            read += count;
        }
        Forget(request);
        return read;
    }

    private static void Forget(Request request)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = FAdvise(request.File, request.Offset, request.Buffer.Length, DontNeed);
        }
    }

    private static nint? IoPriorityCall => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 251,
        Architecture.Arm64 => 30,
        _ => null,
    };

    private sealed record Request(SafeFileHandle File, Memory<byte> Buffer, long Offset)
    {
        public TaskCompletionSource<int> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FAdvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SysCall(nint number, nint which, nint who, nint priority);
}
