using OpenData.Format;

namespace OpenData.Server.Releases;

/// <summary>What a withdrawal does, or would do.</summary>
/// <param name="Releases">The releases that are no longer served.</param>
/// <param name="Files">How many files these have.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Document">The document for whose sake, or null where it is all of the release.</param>
/// <param name="Entries">Names of the entries that hold it, the first thousand.</param>
/// <param name="RebuiltFrom">The release out of whose archives a new revision is made without the document; null where nothing is left, or none of them is current.</param>
public sealed record WithdrawalEffect(
    IReadOnlyList<ReleaseId> Releases, long Files, long Bytes, string? Document, IReadOnlyList<string> Entries, ReleaseId? RebuiltFrom);
