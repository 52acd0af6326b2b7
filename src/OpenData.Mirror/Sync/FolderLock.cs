using System.Globalization;
using Microsoft.Win32.SafeHandles;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>
/// Keeps two syncs from one folder: <c>.opendata/lock</c>, held with flock(2), which ends with the process however that ends — a lock file can be left
/// behind, a lock cannot. Who holds it is written beside it for people.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    // Between the process and its machine, where they are written.
    private const string On = " on ";

    private readonly SafeFileHandle _file;
    private readonly string _holder;

    private FolderLock(SafeFileHandle file, string holder) => (_file, _holder) = (file, holder);

    /// <exception cref="MirrorException">Another process holds it, or the folder cannot be written to.</exception>
    public static FolderLock Take(MirrorFolder folder)
    {
        string path = Path.Combine(folder.StateFolder, "lock");
        string holder = path + ".pid";
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (Downloads.DiskFailure.IsLocked(e))
        {
            string[] held = File.Exists(holder) ? File.ReadAllText(holder).Trim().Split(On) : [];
            Words? who = held is [var process, var machine] ? new($" (process {process}{On}{machine})", $"（{machine} 上的进程 {process}）") : null;
            throw MirrorException.Failed(new(
                $"{folder.Root}: another sync is at work in this folder{who}. Let it end, or take another folder.",
                $"{folder.Root}：另一个 sync 正在使用这个目录{who}。请等它结束，或换一个目录。"), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Downloads.DiskFailure.Of(e, path);
        }
        FolderLock taken = new(file, holder);
        try
        {
            MirrorFolder.Write(holder, System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}{On}{Environment.MachineName}\n")));
            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        File.Delete(_holder);
        _file.Dispose();
    }
}
