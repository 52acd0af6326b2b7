using System.Text;
using Microsoft.Win32.SafeHandles;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>
/// Which releases are in a mirror, so that one can be missed: <c>.opendata/releases/CODE</c>, a line for each that came (<c>+EDITION/rN</c>) or went
/// (<c>-EDITION/rN</c>), only ever appended to. A dataset at a time is read; what a whole mirror holds is never in memory. A line that a power cut tore is none.
/// </summary>
internal sealed class ReleaseIndex(MirrorFolder folder)
{
    private readonly Lock _gate = new();

    private string Folder => Path.Combine(folder.StateFolder, "releases");

    /// <summary>Datasets that ever had a release here.</summary>
    public IReadOnlyList<string> Datasets => Directory.Exists(Folder) ? [.. Directory.EnumerateFiles(Folder).Select(f => Path.GetFileName(f)).Where(ReleaseId.IsDataset).Order(StringComparer.Ordinal)] : [];

    /// <summary>The releases of a dataset that are there.</summary>
    public HashSet<ReleaseId> Read(string dataset)
    {
        HashSet<ReleaseId> there = [];
        string path = Path.Combine(Folder, dataset);
        foreach (string line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            if (line.Length > 1 && ReleaseId.TryParse($"{dataset}/{line.AsSpan(1)}", out ReleaseId release))
            {
                release = release with { Dataset = dataset }; // One name for all of them: there may be hundreds of thousands.
                _ = line[0] switch { '+' => there.Add(release), '-' => there.Remove(release), _ => false };
            }
        }
        return there;
    }

    /// <summary>Releases of one dataset are whole. On disk when it returns.</summary>
    public void Add(IEnumerable<ReleaseId> releases) => Append('+', releases);

    /// <summary>A release is no longer there. On disk when it returns.</summary>
    public void Remove(ReleaseId release) => Append('-', [release]);

    private void Append(char sign, IEnumerable<ReleaseId> releases)
    {
        StringBuilder lines = new();
        string? dataset = null;
        foreach (ReleaseId release in releases)
        {
            dataset = release.Dataset;
            lines.Append(sign).Append(release.Edition).Append('/').Append(release.RevisionName).Append('\n');
        }
        if (dataset is null)
        {
            return;
        }
        string path = Path.Combine(Folder, dataset);
        lock (_gate)
        {
            MirrorFolder.Make(Folder);
            bool made = !File.Exists(path);
            using (SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite))
            {
                long end = RandomAccess.GetLength(file);
                Span<byte> last = [(byte)'\n'];
                if (end > 0)
                {
                    RandomAccess.Read(file, last, end - 1);
                }
                RandomAccess.Write(file, Encoding.UTF8.GetBytes(last[0] == '\n' ? lines.ToString() : "\n" + lines), end);
                FileSync.Flush(file, path);
            }
            if (made)
            {
                FileSync.FlushFolder(Folder);
            }
        }
    }
}
