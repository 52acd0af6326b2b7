using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Packaging.Deflate;
using OpenData.Server.Storage;

namespace OpenData.Server.Packaging;

/// <summary>
/// Takes the findings of a run in the order of the archives: all of them go into a file of the release
/// (<see cref="ReleaseId.FindingsName"/>), a line of JSON each; the first of each kind are kept for the curator, and all are counted. Memory
/// does not grow with their number.
/// </summary>
internal sealed class FindingsFile : IAsyncDisposable
{
    private readonly JsonLinesBlob _lines;
    private readonly Findings _kept = new();

    private FindingsFile(JsonLinesBlob lines) => _lines = lines;

    /// <summary>The first of each kind, the most severe first.</summary>
    public IReadOnlyList<Finding> Kept => _kept.ToList();

    /// <summary>How many there are.</summary>
    public FindingCounts Counts => _kept.Counts;

    /// <summary>Starts the file.</summary>
    public static async Task<FindingsFile> CreateAsync(ReleaseId release, BlobStore store, Deflater deflater, CancellationToken stop) =>
        new(await JsonLinesBlob.CreateAsync(store, BlobKey.Of(release, release.FindingsName), deflater, stop));

    /// <summary>Takes a finding. <see cref="FlushFullAsync"/> must follow now and then.</summary>
    public void Add(Finding finding)
    {
        _kept.Add(finding);
        Utf8JsonWriter json = _lines.BeginLine();
        json.WriteString("severity"u8, finding.Severity switch
        {
            Severity.Error => "error"u8,
            Severity.Warning => "warning"u8,
            _ => "note"u8,
        });
        json.WriteString("code"u8, finding.Code);
        if (finding.File is not null)
        {
            json.WriteString("file"u8, finding.File);
        }
        if (finding.Place is not null)
        {
            json.WriteString("place"u8, finding.Place);
        }
        json.WriteString("message"u8, finding.Message);
        if (finding.Sentence is { } sentence)
        {
            json.WritePropertyName("sentence"u8);
            sentence.Write(json);
        }
        _lines.EndLine();
    }

    /// <summary>Compresses what has come together once it fills a block.</summary>
    public ValueTask FlushFullAsync(CancellationToken stop) => _lines.FlushFullAsync(stop);

    /// <summary>Ends the file; the task ends when it is stored.</summary>
    public Task<StoredArchive> CommitAsync(CancellationToken stop) => _lines.CommitAsync(stop);

    /// <summary>Abandons the file unless it was committed.</summary>
    public ValueTask DisposeAsync() => _lines.DisposeAsync();
}
