using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpenData.Format;
using OpenData.Mirror.Commands;
using OpenData.Mirror.Progress;

namespace OpenData.Mirror.Sync;

/// <summary>What happened, a line each: for people, or as JSON for programs. Thread-safe.</summary>
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
        Say($"fetched {release}, {ByteCount.Format(bytes)}", new SyncEvent("fetched") { Release = release.ToString(), Bytes = bytes });
    }

    public void Removed(ReleaseId release) => Say($"removed {release}: it was replaced", new SyncEvent("removed") { Release = release.ToString() });

    public void Withdrawn(ReleaseId release, string? reason, bool kept)
    {
        Interlocked.Increment(ref _withdrawn);
        string where = kept ? $"moved to .opendata/withdrawn/{release}" : "deleted";
        Say($"withdrawn {release}, {where}: {reason ?? "no reason was given"}", new SyncEvent("withdrawn") { Release = release.ToString(), Reason = reason });
    }

    public void Failed(ReleaseId release, MirrorException cause, int attempts) =>
        Say($"failed {release}: {cause.Message}", new SyncEvent("failed") { Release = release.ToString(), Reason = cause.Message, Attempts = attempts });

    public void Refused(string dataset, string reason) =>
        Say($"refused {dataset}: {reason}. Its other releases are passed over.", new SyncEvent("refused") { Dataset = dataset, Reason = reason });

    /// <summary>Everything up to a serial is there, or was told as failed.</summary>
    public void UpToDate(long serial, int waiting)
    {
        if (waiting == 0 && Interlocked.Exchange(ref _upToDate, serial) != serial)
        {
            Say(string.Create(CultureInfo.InvariantCulture, $"up to date with serial {serial}"), new SyncEvent("up-to-date") { Serial = serial });
        }
    }

    public void Notice(string message)
    {
        if (json)
        {
            Say("", new SyncEvent("notice") { Reason = message });
        }
        else
        {
            terminal.Notice(message);
        }
    }

    /// <summary>The line of progress: null while there is none.</summary>
    public string Progress(TransferBoard board, double rate) => json
        ? JsonSerializer.Serialize(new SyncEvent("progress") { Bytes = board.BytesReceived, Rate = (long)rate, Waiting = board.Waiting }, SyncJson.Default.SyncEvent)
        : PlainProgress.Line(board, rate);

    private void Say(string line, SyncEvent what) => terminal.Say(json ? JsonSerializer.Serialize(what, SyncJson.Default.SyncEvent) : line);
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
