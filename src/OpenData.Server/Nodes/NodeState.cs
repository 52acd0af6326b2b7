using OpenData.Format;

namespace OpenData.Server.Nodes;

/// <summary>What a process of this service last said of itself.</summary>
public sealed record NodeState
{
    /// <summary>After so long without a sign a process counts as silent: it died, or cannot reach the database.</summary>
    public static TimeSpan Silence { get; } = TimeSpan.FromSeconds(20);

    /// <summary>Its machine and process, as runs name it.</summary>
    public required string Node { get; init; }

    /// <summary>What it does: <c>gateway</c>, <c>worker</c>, or both.</summary>
    public required string Roles { get; init; }

    /// <summary>When it started, in UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Its last sign of life, in UTC.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>Downloads that ran then.</summary>
    public required int Streams { get; init; }

    /// <summary>Bytes a second that they were given.</summary>
    public required long Rate { get; init; }

    /// <summary>Bytes a second that it may send in all.</summary>
    public required long Link { get; init; }

    /// <summary>How much of its link was in use, 0 to 1.</summary>
    public double Load => Link <= 0 ? 0 : Math.Clamp((double)Rate / Link, 0, 1);

    /// <summary>The rate as it is shown.</summary>
    public ByteRate Sending => new(Rate);

    /// <summary>True where nothing was heard of it for longer than <see cref="Silence"/>.</summary>
    public bool IsSilent(DateTimeOffset now) => now - SeenAt > Silence;
}
