using System.Text.Json;
using OpenData.Format;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>What is left of a release that its publisher took back: <c>.opendata/tombstones/CODE/EDITION/rN.json</c>.</summary>
/// <param name="Release"><c>CODE/EDITION/rN</c>.</param>
/// <param name="At">When it was taken back.</param>
/// <param name="Reason">Why, in the publisher's words.</param>
/// <param name="Serial">The change that said so.</param>
internal sealed record Tombstone(string Release, DateTimeOffset At, string? Reason, long Serial)
{
    /// <summary>Whether a release was taken back.</summary>
    public static bool Marks(MirrorFolder folder, ReleaseId release) => File.Exists(PathOf(folder, release));

    /// <summary>Records it. On disk when it returns.</summary>
    public void Write(MirrorFolder folder, ReleaseId release)
    {
        string path = PathOf(folder, release);
        MirrorFolder.Make(Path.GetDirectoryName(path)!);
        MirrorFolder.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, StateJson.Default.Tombstone));
    }

    private static string PathOf(MirrorFolder folder, ReleaseId release) =>
        Path.Combine(folder.StateFolder, "tombstones", release.Dataset, release.Edition, release.RevisionName + ".json");
}
