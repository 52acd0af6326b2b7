using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpenData.Format;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;

namespace OpenData.Server.Web.ReleasePages;

/// <summary>Reads the first findings out of a release's <c>….findings.jsonl.gz</c>; the file itself has all of them.</summary>
public sealed class FindingLines(ReleaseQueries releases, OpenContents contents)
{
    /// <summary>How many are read.</summary>
    public const int Most = 100;

    /// <summary>The most lines of a file that are counted; beyond it the counts say "at least".</summary>
    public const int MostCounted = 200_000;

    /// <summary>The first findings, in the order of the archives; empty where the release came without the file or the store does not have it.</summary>
    /// <exception cref="CorruptContentException">The file is damaged.</exception>
    public async Task<IReadOnlyList<FindingLine>> ReadAsync(ReleaseId release, CancellationToken stop) =>
        await releases.FindFileAsync(release, release.FindingsName, stop) is { } file ? (await ReadAsync(new StoredContent(file.Key, file.Bytes, file.Sha256, default), Most, stop)).First : [];

    /// <summary>The first findings of a file, and how many there are of each kind.</summary>
    /// <exception cref="CorruptContentException">The file is damaged.</exception>
    public Task<FindingTally> CountAsync(StoredContent file, CancellationToken stop) => ReadAsync(file, MostCounted, stop);

    private async Task<FindingTally> ReadAsync(StoredContent file, int most, CancellationToken stop)
    {
        using OpenContents.Lease? lease = await contents.OpenAsync(file, stop);
        if (lease is null)
        {
            return FindingTally.None;
        }
        await using Stream stream = await lease.Content.StreamAsync(new ByteRange(0, file.Bytes), stop);
        await using GZipStream inflated = new(stream, CompressionMode.Decompress);
        using StreamReader lines = new(inflated, Encoding.UTF8);
        List<FindingLine> first = [];
        Dictionary<string, int> kinds = new(StringComparer.Ordinal);
        int read = 0;
        while (read < most && await lines.ReadLineAsync(stop) is { } line)
        {
            if (JsonSerializer.Deserialize(line, FindingJson.Default.FindingLine) is { } finding)
            {
                read++;
                kinds[finding.Code] = kinds.GetValueOrDefault(finding.Code) + 1;
                if (first.Count < Most)
                {
                    first.Add(finding);
                }
            }
        }
        return new FindingTally(first, kinds, read == most);
    }
}

/// <param name="First">The first findings, in the order of the archives.</param>
/// <param name="Kinds">How many there are of each kind.</param>
/// <param name="IsPartial">True where there may be more than was counted.</param>
public sealed record FindingTally(IReadOnlyList<FindingLine> First, IReadOnlyDictionary<string, int> Kinds, bool IsPartial)
{
    /// <summary>Nothing was found, or there is no file.</summary>
    public static FindingTally None { get; } = new([], new Dictionary<string, int>(), false);
}

/// <summary>A line of the file.</summary>
/// <param name="Severity"><c>error</c>, <c>warning</c> or <c>note</c>.</param>
/// <param name="Code">What kind it is.</param>
/// <param name="File">The entry that it is about.</param>
/// <param name="Place">Where in the entry.</param>
/// <param name="Message">What is wrong, in English.</param>
/// <param name="Sentence">The same as a phrase with its values; null for releases from before there were phrases.</param>
public sealed record FindingLine(string Severity, string Code, string? File, string? Place, string Message, Sentence? Sentence = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FindingLine))]
internal sealed partial class FindingJson : JsonSerializerContext;
