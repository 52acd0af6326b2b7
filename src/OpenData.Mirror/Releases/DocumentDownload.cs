using System.IO.Compression;
using System.Text.Json;
using OpenData.Format;
using OpenData.Mirror.Downloads;

namespace OpenData.Mirror.Releases;

/// <summary>
/// Single files out of a release's archives, without the archives: the entries indexes say which archive has them and what their digests are. They go
/// to their own names below the folder, checked like everything else.
/// </summary>
internal static class DocumentDownload
{
    /// <summary>Fetches the entry with this name or, if there is none, every entry of the document with this number.</summary>
    /// <returns>The files, as absolute paths.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(DownloadPool pool, SignedRelease release, MirrorFolder folder, string document, CancellationToken stop)
    {
        MirrorFolder.Make(folder.Of(release.Id));
        List<RemoteFile> indexes = [.. release.Files(folder).Where(f => f.Name.EndsWith(".entries.jsonl.gz", StringComparison.Ordinal))];
        pool.Board.Expect(indexes.Count, 0);
        await pool.DownloadAsync(indexes, stop);

        List<RemoteFile> wanted = [];
        foreach (RemoteFile index in indexes)
        {
            string archive = index.Name[..^".entries.jsonl.gz".Length] + ".zip";
            await foreach (EntryRecord entry in ReadAsync(index.Target, stop))
            {
                if (Belongs(entry.Name, document))
                {
                    wanted.Add(At(release.Id, archive, entry, folder));
                }
            }
        }
        if (wanted.Find(f => f.Name == document) is { } exact)
        {
            wanted = [exact];
        }
        if (wanted.Count == 0)
        {
            throw MirrorException.Failed(new(
                $"{release.Id}: no file in its {release.Manifest.Archives.Count} archives is named '{document}' or belongs to a document of that number",
                $"{release.Id}：{release.Manifest.Archives.Count} 个压缩包中没有名为“{document}”的文件，也没有该文献号的文件"));
        }
        pool.Board.Expect(wanted.Count, wanted.Sum(f => f.Bytes ?? 0));
        foreach (RemoteFile file in wanted)
        {
            MirrorFolder.Make(Path.GetDirectoryName(file.Target)!);
        }
        await pool.DownloadAsync(wanted, stop);
        return [.. wanted.Select(f => f.Target)];
    }

    /// <summary>True if the entry is it, or lies in a folder of that name, or has that name before its first dot.</summary>
    internal static bool Belongs(string entry, string document)
    {
        if (entry == document)
        {
            return true;
        }
        foreach (string segment in entry.Split('/'))
        {
            if (segment == document || (segment.Length > document.Length && segment[document.Length] == '.' && segment.StartsWith(document, StringComparison.Ordinal)))
            {
                return true;
            }
        }
        return false;
    }

    private static RemoteFile At(ReleaseId id, string archive, EntryRecord entry, MirrorFolder folder)
    {
        if (EntryName.Fault(entry.Name) is not null || entry.Size < 0 || entry.Name.StartsWith(".opendata", StringComparison.OrdinalIgnoreCase))
        {
            throw MirrorException.Integrity(new(
                $"{archive}: an entry is named '{entry.Name}', which is not written to this disk",
                $"{archive}：其中有文件名为“{entry.Name}”，为安全起见不予写入"));
        }
        string target = Path.Combine(folder.Root, Path.Combine(entry.Name.Split('/')));
        return new RemoteFile(SignedRelease.FilePath(id, $"{archive}/{entry.Name}"), target, entry.Name, entry.Size, entry.Sha256, 0, []).InOnePiece(entry.Size);
    }

    private static async IAsyncEnumerable<EntryRecord> ReadAsync(string index, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        await using FileStream file = File.OpenRead(index);
        await using GZipStream plain = new(file, CompressionMode.Decompress);
        using StreamReader lines = new(plain);
        while (await lines.ReadLineAsync(stop) is { } line)
        {
            EntryRecord? entry;
            try
            {
                entry = JsonSerializer.Deserialize(line, FormatJson.Default.EntryRecord);
            }
            catch (JsonException e)
            {
                throw new MirrorException(ExitCode.Integrity, new($"{Path.GetFileName(index)}: {e.Message}", $"{Path.GetFileName(index)}：索引内容不是有效的 JSON"), e);
            }
            if (entry is not null)
            {
                yield return entry;
            }
        }
    }
}
