using System.Text;

namespace OpenData.Server.Gateway.Http;

/// <summary>The body of a response of several ranges, <c>multipart/byteranges</c> (RFC 9110, 14.6), with its exact length known beforehand.</summary>
/// <param name="ContentType">The media type with the boundary.</param>
/// <param name="Body">Part heads and ranges in turn, and the closing delimiter.</param>
/// <param name="Bytes">Length of it all.</param>
public sealed record MultipartByteRanges(string ContentType, IReadOnlyList<BodySegment> Body, long Bytes)
{
    /// <summary>Frames two or more ranges of a file.</summary>
    public static MultipartByteRanges Frame(FileFacts file, IReadOnlyList<ByteRange> ranges)
    {
        // Half the file's own digest: no file can hold its own digest, so the boundary is not in the data; and the same request has the same answer.
        string boundary = file.Sha256.ToString()[..32];
        List<BodySegment> body = new((ranges.Count * 2) + 1);
        long bytes = 0;
        foreach (ByteRange range in ranges)
        {
            string head = $"{(body.Count > 0 ? "\r\n" : "")}--{boundary}\r\nContent-Type: {file.ContentType}\r\nContent-Range: {range.ContentRange(file.Bytes)}\r\n\r\n";
            body.Add(new BodySegment(Encoding.ASCII.GetBytes(head), default));
            body.Add(new BodySegment(default, range));
            bytes += head.Length + range.Length;
        }
        byte[] close = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        body.Add(new BodySegment(close, default));
        return new MultipartByteRanges($"multipart/byteranges; boundary={boundary}", body, bytes + close.Length);
    }
}
