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
            string who = File.Exists(holder) ? $" (process {File.ReadAllText(holder).Trim()})" : "";
            throw MirrorException.Failed($"{folder.Root}: another sync is at work in this folder{who}. Let it end, or take another folder.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Downloads.DiskFailure.Of(e, path);
        }
        FolderLock taken = new(file, holder);
        try
        {
            MirrorFolder.Write(holder, System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} on {Environment.MachineName}\n")));
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
