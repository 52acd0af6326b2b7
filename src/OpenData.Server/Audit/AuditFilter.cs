namespace OpenData.Server.Audit;

/// <summary>Which lines of the trail are asked for; what is null does not matter.</summary>
/// <param name="Actor">Exactly this one.</param>
/// <param name="Action">This one, or all that begin with it: <c>edition</c> is <c>edition.publish</c> and <c>edition.reject</c>.</param>
/// <param name="Subject">Subjects that begin with this: a dataset's code, or <c>CODE/EDITION</c>.</param>
/// <param name="From">Not before this moment.</param>
/// <param name="Until">Before this moment.</param>
public sealed record AuditFilter(string? Actor = null, string? Action = null, string? Subject = null, DateTimeOffset? From = null, DateTimeOffset? Until = null);
