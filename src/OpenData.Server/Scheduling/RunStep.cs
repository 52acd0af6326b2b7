using System.Text.Json.Serialization;
using OpenData.Server.Packaging;

namespace OpenData.Server.Scheduling;

/// <summary>A step of a run that ended.</summary>
public sealed record RunStep
{
    /// <summary>Its place, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>When it ended, in UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Which: <c>listed</c>, <c>packed</c>, <c>checked</c>, <c>fetched</c>, <c>ending</c> (a curator asked for it), and last how the run ended (<see cref="Run.State"/>).</summary>
    public required string Step { get; init; }

    /// <summary>Files of the delivery finished by then.</summary>
    public required long Entries { get; init; }

    /// <summary>Bytes of the delivery read by then.</summary>
    public required long Bytes { get; init; }

    /// <summary>What came of it, in a line; in English.</summary>
    public string? Note => Outcome?.English;

    /// <summary>The same for readers of either language.</summary>
    [JsonIgnore]
    public Words? Outcome { get; init; }

    /// <summary><see cref="Outcome"/> as its column keeps it.</summary>
    internal string? StoredNote
    {
        get => Outcome?.Stored;
        init => Outcome = Words.Read(value);
    }
}
