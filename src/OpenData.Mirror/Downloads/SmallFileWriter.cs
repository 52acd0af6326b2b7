using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Mirror.Downloads;

/// <summary>Writes a small file with the three system calls that it takes. The framework's own ways take ten, which thousands of files a minute feel.</summary>
internal static partial class SmallFileWriter
{
    private const int NotPermitted = 1;
    private const int Interrupted = 4;
    private const int AccessDenied = 13;

    // utimensat(2): leave this time as it is.
    private const long Omit = (1L << 30) - 2;

    /// <summary>Makes a file, or empties it, writes its bytes and sets its time of last change. Nothing is flushed.</summary>
    /// <returns>The file, open, so that whoever flushes it learns of every error.</returns>
    /// <exception cref="IOException">The disk is full, read-only or broken; some bytes of the file may be there.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written to.</exception>
    public static SafeFileHandle Write(string path, ReadOnlySpan<byte> content, DateTimeOffset modifiedAt)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.Write(file, content, 0);
            File.SetLastWriteTimeUtc(file, modifiedAt.UtcDateTime);
            return file;
        }
        SafeFileHandle made = Create(path, 0b110_110_110);
        try
        {
            Judge(made.IsInvalid ? -1 : 0, path);
            while (!content.IsEmpty)
            {
                nint written = Write(made, content, content.Length);
                if (written < 0 && Marshal.GetLastPInvokeError() == Interrupted)
                {
                    continue;
                }
                Judge(written, path);
                content = content[(int)written..];
            }
            (long second, long ticks) = Math.DivRem(modifiedAt.UtcTicks - DateTimeOffset.UnixEpoch.Ticks, TimeSpan.TicksPerSecond);
            if (ticks < 0)
            {
                (second, ticks) = (second - 1, ticks + TimeSpan.TicksPerSecond);
            }
            Judge(SetTimes(made, [0, Omit, second, ticks * TimeSpan.NanosecondsPerTick]), path);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    private static void Judge(nint outcome, string path)
    {
        if (outcome >= 0)
        {
            return;
        }
        int error = Marshal.GetLastPInvokeError();
        string message = $"'{path}': {new Win32Exception(error).Message}";
        throw error is NotPermitted or AccessDenied ? new UnauthorizedAccessException(message) : new IOException(message, error);
    }

    [LibraryImport("libc", EntryPoint = "creat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Create(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, nint count);

    // Two timespecs, each of seconds and nanoseconds: of the last reading, of the last change.
    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    private static partial int SetTimes(SafeFileHandle file, ReadOnlySpan<long> times);
}
