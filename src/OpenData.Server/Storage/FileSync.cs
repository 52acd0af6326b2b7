using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Storage;

/// <summary>
/// fsync(2) that reports its errors: the framework's own flush-to-disk calls swallow EIO and ENOSPC on Linux. A failure is final — the kernel
/// may already have dropped the dirty pages, so a second try could "succeed" without the data: discard the file.
/// </summary>
public static partial class FileSync
{
    /// <summary>Flushes a file's data and metadata to the device.</summary>
    /// <exception cref="IOException">The file's content on disk is unknown: discard it.</exception>
    public static void Flush(SafeFileHandle file, string path)
    {
        if (Fsync(file) != 0)
        {
            Throw(path);
        }
    }

    /// <summary>Flushes a folder, so that names created, renamed or removed in it survive a power cut.</summary>
    /// <exception cref="IOException">The folder could not be flushed.</exception>
    public static void FlushFolder(string path)
    {
        using SafeFileHandle handle = OpenFolder(path, ReadOnly | CloseOnExec);
        if (handle.IsInvalid || Fsync(handle) != 0)
        {
            Throw(path);
        }
    }

    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;

    private static void Throw(string path)
    {
        Win32Exception error = new(Marshal.GetLastPInvokeError());
        throw new IOException($"fsync of '{path}' failed: {error.Message}", error);
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFolder(string path, int flags);
}
