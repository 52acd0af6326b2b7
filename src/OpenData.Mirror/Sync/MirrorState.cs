using System.Text.Json;
using System.Text.Json.Serialization;
using OpenData.Mirror.Feed;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>
/// How far a mirror has come: <c>.opendata/state.json</c>, replaced whole (written aside, flushed, renamed, folder flushed). Everything up to
/// <see cref="After"/> was applied or is in <see cref="Todo"/>, so neither can run ahead of the other. It is small whatever the mirror holds: the feed is
/// read on only while little waits.
/// </summary>
internal sealed record MirrorState
{
    /// <summary>The address of the server whose serials these are.</summary>
    public string? Server { get; init; }

    /// <summary>What the feed was read for; see <see cref="Sync.Selection.Text"/>.</summary>
    public string? Selection { get; init; }

    /// <summary>The newest signed head that was accepted.</summary>
    public SeenHead Head { get; init; } = SeenHead.None;

    /// <summary>The cursor: the last serial that was read.</summary>
    public long After { get; init; }

    /// <summary>Datasets that the server did not let this key have, and from where on their changes were passed over.</summary>
    public IReadOnlyDictionary<string, Refusal> Refused { get; init; } = new Dictionary<string, Refusal>();

    /// <summary>What was read and is not done.</summary>
    public IReadOnlyList<TodoEntry> Todo { get; init; } = [];

    /// <summary>Reads it; a new one where there is none.</summary>
    /// <exception cref="MirrorException">It is damaged.</exception>
    public static MirrorState Load(MirrorFolder folder)
    {
        string path = PathIn(folder);
        if (!File.Exists(path))
        {
            return new MirrorState();
        }
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), StateJson.Default.MirrorState) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw MirrorException.Failed(new(
                $"{path}: damaged ({e.Message}). Remove it: the feed is read from its beginning then, and nothing that is there is fetched again.",
                $"{path}：文件已损坏。请删除它：变更通知将从头读取，已有的内容不会重新下载。"), e);
        }
    }

    /// <summary>Replaces what is on disk.</summary>
    /// <exception cref="MirrorException">The disk is full, read-only or broken; the old state is still there.</exception>
    public void Save(MirrorFolder folder) => folder.WriteState(PathIn(folder), JsonSerializer.SerializeToUtf8Bytes(this, StateJson.Default.MirrorState));

    private static string PathIn(MirrorFolder folder) => Path.Combine(folder.StateFolder, "state.json");
}

/// <param name="Release">What waits: <c>CODE/EDITION/rN</c>.</param>
/// <param name="Serial">The change that asked for it.</param>
/// <param name="RemoveOnce">Null: it is to be fetched. Else it is to be removed once this other release is there.</param>
internal sealed record TodoEntry(string Release, long Serial, string? RemoveOnce);

/// <param name="Serial">The first change that was passed over.</param>
/// <param name="Release">Its release: when that can be had, the dataset can.</param>
internal sealed record Refusal(long Serial, string Release);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MirrorState))]
[JsonSerializable(typeof(Tombstone))]
internal sealed partial class StateJson : JsonSerializerContext;
