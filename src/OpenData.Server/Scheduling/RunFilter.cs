namespace OpenData.Server.Scheduling;

/// <summary>Which runs are asked for; what is null does not matter.</summary>
/// <param name="Dataset">Of this dataset.</param>
/// <param name="State">In this state; see <see cref="Run.State"/>.</param>
/// <param name="From">Begun at this moment or later.</param>
/// <param name="Until">Begun before this moment.</param>
/// <param name="Edition">Of this edition.</param>
public sealed record RunFilter(string? Dataset = null, string? State = null, DateTimeOffset? From = null, DateTimeOffset? Until = null, string? Edition = null);
