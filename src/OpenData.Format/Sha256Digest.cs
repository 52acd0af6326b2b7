using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenData.Format;

/// <summary>A SHA-256 digest (FIPS 180-4), 32 bytes, written as 64 lower-case hexadecimal digits.</summary>
[JsonConverter(typeof(Sha256DigestConverter))]
public readonly struct Sha256Digest : IEquatable<Sha256Digest>
{
    /// <summary>Bytes in a digest.</summary>
    public const int Size = 32;

    private readonly Bytes _bytes;

    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public Sha256Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"A SHA-256 digest has {Size} bytes, not {bytes.Length}.", nameof(bytes));
        }
        _bytes = MemoryMarshal.Read<Bytes>(bytes);
    }

    /// <summary>Hashes a buffer.</summary>
    public static Sha256Digest Of(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(data, hash);
        return new Sha256Digest(hash);
    }

    /// <summary>The digest of what was appended, and a fresh start for the hash.</summary>
    public static Sha256Digest FinishAndReset(IncrementalHash hash)
    {
        Span<byte> bytes = stackalloc byte[Size];
        hash.GetHashAndReset(bytes);
        return new Sha256Digest(bytes);
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, _bytes);

    /// <summary>The 32 bytes in a new array.</summary>
    public byte[] ToArray()
    {
        byte[] copy = new byte[Size];
        CopyTo(copy);
        return copy;
    }

    /// <summary>Reads 64 hexadecimal digits of either case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? hex, out Sha256Digest digest)
    {
        digest = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (hex?.Length != 2 * Size || Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }
        digest = new Sha256Digest(bytes);
        return true;
    }

    /// <summary>Reads 64 hexadecimal digits.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static Sha256Digest Parse(string hex) =>
        TryParse(hex, out Sha256Digest digest) ? digest : throw new FormatException($"'{hex}' is not a SHA-256 digest of 64 hexadecimal digits.");

    /// <summary>Base64 with padding, as RFC 9530 digests and Content-MD5-like headers want it.</summary>
    public string ToBase64() => Convert.ToBase64String(MemoryMarshal.AsBytes(new ReadOnlySpan<Bytes>(in _bytes)));

    /// <summary>The strong entity tag of a file with this content (RFC 9110, 8.8.3), quotes included.</summary>
    public string ToETag() => $"\"{this}\"";

    /// <inheritdoc/>
    public bool Equals(Sha256Digest other) => _bytes.Equals(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Sha256Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bytes.A.GetHashCode();

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(MemoryMarshal.AsBytes(new ReadOnlySpan<Bytes>(in _bytes)));

    /// <summary>Same bytes.</summary>
    public static bool operator ==(Sha256Digest left, Sha256Digest right) => left.Equals(right);

    /// <summary>Other bytes.</summary>
    public static bool operator !=(Sha256Digest left, Sha256Digest right) => !left.Equals(right);

    private readonly record struct Bytes(ulong A, ulong B, ulong C, ulong D);
}

/// <summary>Digests in JSON are hexadecimal strings.</summary>
public sealed class Sha256DigestConverter : JsonConverter<Sha256Digest>
{
    /// <inheritdoc/>
    public override Sha256Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Sha256Digest.TryParse(reader.GetString(), out Sha256Digest digest) ? digest : throw new JsonException("Expected a SHA-256 digest of 64 hexadecimal digits.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Sha256Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
