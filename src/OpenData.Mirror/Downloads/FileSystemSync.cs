using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Mirror.Downloads;

/// <summary>
/// syncfs(2): makes all that was written to a file system survive a power cut, names included, with one flush of its disk, where fsync(2) takes one for each file.
/// To be opened before the files are written: an error of writing any of them is told once, by the next <see cref="Flush"/>, and leaves nobody knowing whose it was.
/// </summary>
internal sealed partial class FileSystemSync : IDisposable
{
    // The system call tells errors since this version of the kernel (syncfs(2)).
    private static readonly Version s_tellsErrors = new(5, 8);
    private static readonly HashSet<string> s_local = new(["ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs"], StringComparer.Ordinal);

    private readonly SafeFileHandle _folder;
    private readonly string _path;

    private FileSystemSync(SafeFileHandle folder, string path) => (_folder, _path) = (folder, path);

    /// <summary>Opens the file system of a folder; null where the call promises less than fsync does: another system, an old kernel, a file system over a network.</summary>
    public static FileSystemSync? TryOpen(string folder)
    {
        if (!OperatingSystem.IsLinux() || Environment.OSVersion.Version < s_tellsErrors || !s_local.Contains(new DriveInfo(folder).DriveFormat))
        {
            return null;
        }
        SafeFileHandle handle = Open(folder, 0);
        if (handle.IsInvalid)
        {
            handle.Dispose();
            return null;
        }
        return new FileSystemSync(handle, folder);
    }

    /// <exception cref="IOException">What was written since the last call may not be on disk.</exception>
    public void Flush()
    {
        if (SyncFs(_folder) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            throw new IOException($"syncfs of '{_path}' failed: {new Win32Exception(error).Message}", error);
        }
    }

    public void Dispose() => _folder.Dispose();

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
