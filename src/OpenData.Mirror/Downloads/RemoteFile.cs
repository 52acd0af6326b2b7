using OpenData.Format;

namespace OpenData.Mirror.Downloads;

/// <summary>A file to bring, and how to know it when it is here.</summary>
/// <param name="Path">Its path on the server, segments escaped.</param>
/// <param name="Target">Where it goes: an absolute path.</param>
/// <param name="Name">What people are told about it.</param>
/// <param name="Bytes">Its size; null if only the server knows.</param>
/// <param name="Sha256">Digest of the whole.</param>
/// <param name="PieceLength">Bytes in a piece; ignored without pieces.</param>
/// <param name="Pieces">Digest of each piece; empty if the file is checked as a whole.</param>
/// <param name="MostBytes">No larger size is believed when only the server knows it.</param>
/// <param name="ModifiedAt">The time of last change that it gets on disk; null for the time when it came.</param>
internal sealed record RemoteFile(
    string Path, string Target, string Name, long? Bytes, Sha256Digest Sha256, long PieceLength, IReadOnlyList<Sha256Digest> Pieces, long MostBytes = long.MaxValue,
    DateTimeOffset? ModifiedAt = null)
{
    /// <summary>A file of known size that is checked as a whole, in one piece.</summary>
    public RemoteFile InOnePiece(long bytes) => this with { Bytes = bytes, PieceLength = Math.Max(bytes, 1), Pieces = bytes == 0 ? [] : [Sha256] };
}
