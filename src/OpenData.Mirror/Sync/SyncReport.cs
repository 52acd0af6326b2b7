using System.Text.Json;
using System.Text.Json.Serialization;
using OpenData.Format;
using OpenData.Mirror.Commands;
using OpenData.Mirror.Progress;

namespace OpenData.Mirror.Sync;

/// <summary>What happened, a line each: for people in their language, or as JSON for programs, whose words are English. Thread-safe.</summary>
internal sealed class SyncReport(Terminal terminal, bool json)
{
    private long _upToDate = -1;
    private int _fetched;
    private int _withdrawn;

    public int FetchedCount => Volatile.Read(ref _fetched);

    public int WithdrawnCount => Volatile.Read(ref _withdrawn);

    public void Fetched(ReleaseId release, long bytes)
    {
        Interlocked.Increment(ref _fetched);
        string size = ByteCount.Format(bytes);
        Say(() => new($"fetched {release}, {size}", $"已下载 {release}，{size}"), new SyncEvent("fetched") { Release = release.ToString(), Bytes = bytes });
    }

    public void Removed(ReleaseId release) => Say(() => new($"removed {release}: it was replaced", $"已删除 {release}：已被替代"), new SyncEvent("removed") { Release = release.ToString() });

    public void Withdrawn(ReleaseId release, string? reason, bool kept)
    {
        Interlocked.Increment(ref _withdrawn);
        Words where = kept ? new($"moved to .opendata/withdrawn/{release}", $"移至 .opendata/withdrawn/{release}") : new("deleted", "已删除");
        Words why = reason is null ? new("no reason was given", "未说明理由") : new(reason, reason);
        Say(() => new($"withdrawn {release}, {where}: {why}", $"已撤回 {release}，{where}：{why}"), new SyncEvent("withdrawn") { Release = release.ToString(), Reason = reason });
    }

    public void Failed(ReleaseId release, MirrorException cause, int attempts) => Say(
        () => new($"failed {release}: {cause.Words}", $"未能下载 {release}：{cause.Words}"), new SyncEvent("failed") { Release = release.ToString(), Reason = cause.Message, Attempts = attempts });

    public void Refused(string dataset, Words reason) => Say(
        () => new($"refused {dataset}: {reason}. Its other releases are passed over.", $"未获授权 {dataset}：{reason}。该数据集的其他版本一并略过。"),
        new SyncEvent("refused") { Dataset = dataset, Reason = reason.English });

    /// <summary>Everything up to a serial is there, or was told as failed.</summary>
    public void UpToDate(long serial, int waiting)
    {
        if (waiting == 0 && Interlocked.Exchange(ref _upToDate, serial) != serial)
        {
            Say(() => new($"up to date with serial {serial}", $"已同步至序号 {serial}"), new SyncEvent("up-to-date") { Serial = serial });
        }
    }

    public void Notice(Words words)
    {
        if (json)
        {
            Say(() => words, new SyncEvent("notice") { Reason = words.English });
        }
        else
        {
            terminal.Notice(words);
        }
    }

    /// <summary>The line of progress: null while there is none.</summary>
    public string Progress(TransferBoard board, double rate) => json
        ? JsonSerializer.Serialize(new SyncEvent("progress") { Bytes = board.BytesReceived, Rate = (long)rate, Waiting = board.Waiting }, SyncJson.Default.SyncEvent)
        : terminal.Language.Say(PlainProgress.Line(board, rate));

    private void Say(Func<Words> line, SyncEvent what) => terminal.Say(json ? JsonSerializer.Serialize(what, SyncJson.Default.SyncEvent) : terminal.Language.Say(line()));
}

/// <summary>A line of <c>--json</c>.</summary>
internal sealed record SyncEvent(string Event)
{
    public string? Release { get; init; }

    public string? Dataset { get; init; }

    public long? Bytes { get; init; }

    public long? Rate { get; init; }

    public int? Waiting { get; init; }

    public int? Attempts { get; init; }

    public long? Serial { get; init; }

    public string? Reason { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SyncEvent))]
internal sealed partial class SyncJson : JsonSerializerContext;
