using System.Security.Cryptography;

namespace OpenData.Format;

/// <summary>
/// The fixed-length pieces of an archive, each with its own SHA-256, so that a damaged download is mended piece by piece (RFC 5854, 4.1.3).
/// The last piece is shorter.
/// </summary>
public static class Pieces
{
    /// <summary>Bytes in a piece: 4 MiB.</summary>
    public const int Length = 4 * 1024 * 1024;

    /// <summary>Pieces in so many bytes.</summary>
    public static int Count(long bytes, long pieceLength = Length) => checked((int)((bytes + pieceLength - 1) / pieceLength));
}

/// <summary>Takes a file's bytes in order and yields the SHA-256 of the whole and of each piece. Not thread-safe; one file each.</summary>
public sealed class PieceHasher(int pieceLength = Pieces.Length) : IDisposable
{
    private readonly IncrementalHash _whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _piece = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<Sha256Digest> _pieces = [];
    private int _inPiece;

    /// <summary>Bytes taken so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        _whole.AppendData(data);
        Bytes += data.Length;
        while (!data.IsEmpty)
        {
            int take = Math.Min(data.Length, pieceLength - _inPiece);
            _piece.AppendData(data[..take]);
            data = data[take..];
            _inPiece += take;
            if (_inPiece == pieceLength)
            {
                EndPiece();
            }
        }
    }

    /// <summary>The digests of all that was appended. Call once, at the end.</summary>
    public (Sha256Digest Whole, IReadOnlyList<Sha256Digest> Pieces) Finish()
    {
        if (_inPiece > 0)
        {
            EndPiece();
        }
        return (Sha256Digest.FinishAndReset(_whole), _pieces);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _whole.Dispose();
        _piece.Dispose();
    }

    private void EndPiece()
    {
        _pieces.Add(Sha256Digest.FinishAndReset(_piece));
        _inPiece = 0;
    }
}
