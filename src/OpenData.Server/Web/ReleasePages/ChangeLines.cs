using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpenData.Format;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Releases;

namespace OpenData.Server.Web.ReleasePages;

/// <summary>Reads what a correction changed, out of the release's <c>….changes.jsonl.gz</c>: a part of it at a time, and no more than two readers at once.</summary>
public sealed class ChangeLines(ReleaseQueries releases, OpenContents contents) : IDisposable
{
    /// <summary>Changes that are looked through at most; the file itself has all of them.</summary>
    public const int MostLines = 200_000;

    private readonly SemaphoreSlim _readers = new(2, 2);

    /// <summary>Changes in order of names; null where the store does not have the file.</summary>
    /// <param name="release">The release.</param>
    /// <param name="kind"><c>added</c>, <c>changed</c> or <c>removed</c>; null for all.</param>
    /// <param name="part">What the names hold, or null.</param>
    /// <param name="skip">So many of them are passed over.</param>
    /// <param name="take">At most so many are returned.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="CorruptContentException">The file is damaged.</exception>
    public async Task<ChangesFound?> ReadAsync(ReleaseId release, string? kind, string? part, int skip, int take, CancellationToken stop)
    {
        if (await releases.FindFileAsync(release, release.ChangesName, stop) is not { } file)
        {
            return null;
        }
        await _readers.WaitAsync(stop);
        try
        {
            using OpenContents.Lease? lease = await contents.OpenAsync(new StoredContent(file.Key, file.Bytes, file.Sha256, default), stop);
            if (lease is null)
            {
                return null;
            }
            await using Stream stream = await lease.Content.StreamAsync(new ByteRange(0, file.Bytes), stop);
            await using GZipStream inflated = new(stream, CompressionMode.Decompress);
            using StreamReader lines = new(inflated, Encoding.UTF8);
            return await ReadAsync(lines, kind, part, skip, take, stop);
        }
        finally
        {
            _readers.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _readers.Dispose();

    internal static async Task<ChangesFound> ReadAsync(TextReader lines, string? kind, string? part, int skip, int take, CancellationToken stop)
    {
        List<ChangeLine> found = [];
        int looked = 0;
        while (await lines.ReadLineAsync(stop) is { } line)
        {
            if (++looked > MostLines)
            {
                return new ChangesFound(found, More: false, CutOff: true);
            }
            if (JsonSerializer.Deserialize(line, ChangeJson.Default.ChangeLine) is { } change
                && (kind is null || change.Change == kind)
                && (part is null || change.Name.Contains(part, StringComparison.OrdinalIgnoreCase))
                && --skip < 0)
            {
                if (found.Count == take)
                {
                    return new ChangesFound(found, More: true, CutOff: false);
                }
                found.Add(change);
            }
        }
        return new ChangesFound(found, More: false, CutOff: false);
    }
}

/// <summary>A part of the changes.</summary>
/// <param name="Lines">Those of the page.</param>
/// <param name="More">True where there are more.</param>
/// <param name="CutOff">True where not all of the file was looked through.</param>
public sealed record ChangesFound(IReadOnlyList<ChangeLine> Lines, bool More, bool CutOff);

/// <summary>A line of the file.</summary>
/// <param name="Change"><c>added</c>, <c>changed</c> or <c>removed</c>.</param>
/// <param name="Name">The entry's name.</param>
/// <param name="Size">Its bytes; of a removed one those that it had.</param>
/// <param name="Sha256">Its digest.</param>
/// <param name="Was">The digest that it had before.</param>
public sealed record ChangeLine(string Change, string Name, long Size, string Sha256, string? Was);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ChangeLine))]
internal sealed partial class ChangeJson : JsonSerializerContext;
