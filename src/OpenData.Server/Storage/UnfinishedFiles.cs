using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Storage;

/// <summary>
/// The folder of files that are being written. Each is locked (flock(2), shared) by its writer for as long as that lives, and the kernel drops
/// the lock of a killed one: what can be locked exclusively is nobody's, in whatever process or container the others run.
/// </summary>
internal sealed partial class UnfinishedFiles(string folder)
{
    public string Folder { get; } = folder;

    public void CreateFolder() => Directory.CreateDirectory(Folder);

    /// <summary>Makes a new, locked file, open for reading and writing.</summary>
    public (string Path, SafeFileHandle File) Create()
    {
        while (true)
        {
            string path = Path.Combine(Folder, Guid.NewGuid().ToString("N"));
            SafeFileHandle file = File.OpenHandle(
                path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);

            // Clear() of another process may have come between: then the file is gone, or about to be.
            bool mine = Flock(file, Shared | NotBlocking) == 0 || Marshal.GetLastPInvokeError() != WouldBlock;
            if (mine && File.Exists(path))
            {
                return (path, file);
            }
            file.Dispose();
        }
    }

    /// <summary>Removes the files whose writers are dead, and tells how many.</summary>
    public int Clear()
    {
        int cleared = 0;
        foreach (string path in Directory.EnumerateFiles(Folder))
        {
            try
            {
                using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                // A file system without locks refuses with another error: better to keep rubbish than to take a file from its writer.
                if (Flock(file, Exclusive | NotBlocking) == 0)
                {
                    File.Delete(path);
                    cleared++;
                }
            }
            catch (FileNotFoundException)
            {
                // committed or discarded in the meantime
            }
        }
        return cleared;
    }

    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int NotBlocking = 4;
    private const int WouldBlock = 11;

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);
}
