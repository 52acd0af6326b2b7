using System.Globalization;

namespace OpenData.Server.Gateway.Http;

/// <summary>The bytes <c>[Offset, Offset + Length)</c> of a file.</summary>
/// <param name="Offset">The first byte, 0 or more.</param>
/// <param name="Length">How many; 0 only for the whole of an empty file.</param>
public readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>The first byte after the range.</summary>
    public long End => Offset + Length;

    /// <summary>The value of Content-Range (RFC 9110, 14.4): positions are inclusive.</summary>
    public string ContentRange(long size) => string.Create(CultureInfo.InvariantCulture, $"bytes {Offset}-{End - 1}/{size}");

    /// <summary>The value of Content-Range of a 416: the size alone.</summary>
    public static string Unsatisfied(long size) => string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");

    /// <summary>True where the two overlap or touch.</summary>
    internal bool Joins(ByteRange other) => Offset <= other.End && other.Offset <= End;

    /// <summary>The smallest range that holds both.</summary>
    internal ByteRange With(ByteRange other)
    {
        long offset = Math.Min(Offset, other.Offset);
        return new ByteRange(offset, Math.Max(End, other.End) - offset);
    }
}
