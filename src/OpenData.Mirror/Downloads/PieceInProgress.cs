using System.Net.Http.Headers;
using System.Security.Cryptography;
using OpenData.Format;

namespace OpenData.Mirror.Downloads;

/// <summary>The piece that a connection is receiving: its digest so far. It outlives the connection, so a broken one costs no byte.</summary>
internal sealed class PieceInProgress : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Which piece.</summary>
    public int Index { get; private set; }

    /// <summary>Its bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes received so far.</summary>
    public long Received { get; private set; }

    /// <summary>The entity tag of the file that the received bytes are of; null if nobody said.</summary>
    public EntityTagHeaderValue? Tag { get; set; }

    /// <summary>Turns to another piece.</summary>
    public void Begin(int index, long length)
    {
        (Index, Length) = (index, length);
        Restart();
    }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        _hash.AppendData(data);
        Received += data.Length;
    }

    /// <summary>Forgets what was received.</summary>
    public void Restart()
    {
        if (Received > 0)
        {
            Sha256Digest.FinishAndReset(_hash);
            Received = 0;
        }
    }

    /// <summary>The digest of what was received; the hash starts afresh.</summary>
    public Sha256Digest Finish()
    {
        Received = 0;
        return Sha256Digest.FinishAndReset(_hash);
    }

    public void Dispose() => _hash.Dispose();
}
