using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Mirror.Downloads;

/// <summary>
/// fsync(2) with its errors: the framework's own calls swallow EIO and ENOSPC on Linux. A failure is final, since the kernel may have dropped the
/// pages it could not write and a second try would "succeed": whoever gets one discards the file.
/// </summary>
internal static partial class FileSync
{
    /// <exception cref="IOException">What is on disk is unknown: discard the file.</exception>
    public static void Flush(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsWindows())
        {
#pragma warning disable RS0030 // Swallows errors on Linux only; on Windows it is FlushFileBuffers.
            RandomAccess.FlushToDisk(file);
#pragma warning restore RS0030
        }
        else if (Fsync(file) != 0)
        {
            Throw(path);
        }
    }

    /// <summary>Makes names created or renamed in a folder survive a power cut. Windows has no such call and needs none.</summary>
    /// <exception cref="IOException">The folder could not be flushed.</exception>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        using SafeFileHandle folder = Open(path, 0);
        if (folder.IsInvalid || Fsync(folder) != 0)
        {
            Throw(path);
        }
    }

    private static void Throw(string path)
    {
        int error = Marshal.GetLastPInvokeError();
        throw new IOException($"fsync of '{path}' failed: {new Win32Exception(error).Message}", error);
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
