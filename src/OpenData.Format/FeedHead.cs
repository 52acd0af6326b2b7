using System.Globalization;
using System.Text;

namespace OpenData.Format;

/// <summary>
/// The signed head of the change feed: by it a reader tells the newest feed from an old copy of it. Whoever has seen a serial must not accept a
/// lower one, and none that has expired.
/// </summary>
/// <param name="Serial">The newest serial.</param>
/// <param name="At">When this was said, UTC, whole seconds.</param>
/// <param name="Expires">From when on it proves nothing, UTC, whole seconds.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256 in DER over <see cref="SignedText"/>, by the key that signs releases.</param>
public sealed record FeedHead(long Serial, DateTimeOffset At, DateTimeOffset Expires, byte[] Signature)
{
    /// <summary>The id of the key that signed it (<see cref="ListedSigningKey.Id"/>).</summary>
    public Sha256Digest? SigningKey { get; init; }

    /// <summary>
    /// The bytes that are signed: four lines of ASCII, each with a line feed at its end: <c>opendata-feed-head-1</c>, the serial, and the two
    /// times as <c>2024-01-02T06:30:00Z</c>.
    /// </summary>
    public static byte[] SignedText(long serial, DateTimeOffset at, DateTimeOffset expires) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"opendata-feed-head-1\n{serial}\n{UtcTime.Text(at)}\n{UtcTime.Text(expires)}\n"));
}
