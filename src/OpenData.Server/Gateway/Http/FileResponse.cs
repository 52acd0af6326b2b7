using System.Globalization;
using OpenData.Format;

namespace OpenData.Server.Gateway.Http;

/// <summary>A stretch of a response's body: literal bytes, or a range of the file.</summary>
/// <param name="Literal">The bytes themselves; empty for a range.</param>
/// <param name="Range">The range of the file; of length 0 for literal bytes.</param>
public readonly record struct BodySegment(ReadOnlyMemory<byte> Literal, ByteRange Range);

/// <summary>
/// How a request for a file is answered: status, fields and the stretches of the body. Pure: it knows no connection, so that every lane that
/// serves files says the same.
/// </summary>
/// <param name="Status">200, 206, 304, 412 or 416. The last two get a problem as their body; <paramref name="Body"/> is empty then.</param>
/// <param name="Fields">Header fields, without those of the connection, the account and the clock.</param>
/// <param name="Body">What to send, in order; empty for HEAD.</param>
/// <param name="ContentLength">Bytes of the body, also for HEAD; null where the status has no body of its own.</param>
public sealed record FileResponse(int Status, IReadOnlyList<KeyValuePair<string, string>> Fields, IReadOnlyList<BodySegment> Body, long? ContentLength)
{
    /// <summary>Released files never change: a year, the longest that caches take seriously (RFC 9111; immutable: RFC 8246).</summary>
    private const string Immutable = "max-age=31536000, immutable";

    /// <summary>Bytes of the whole file, whatever is sent of it; null where nothing is.</summary>
    public long? Whole { get; private init; }

    /// <summary>Plans the answer to a GET or HEAD.</summary>
    public static FileResponse Plan(in FileRequest request, FileFacts file)
    {
        string tag = file.Sha256.ToETag();
        DateTimeOffset modified = HttpDate.WholeSeconds(file.ModifiedAt);
        FieldList fields = [];
        fields.Add("ETag", tag);
        fields.Add("Last-Modified", HttpDate.Format(modified));
        fields.Add("Cache-Control", (file.IsPublic ? "public, " : "private, ") + Immutable);
        if (!file.IsPublic)
        {
            fields.Add("Vary", "Authorization");
        }

        PreconditionOutcome outcome = Preconditions.Evaluate(request, tag, modified);
        if (outcome is PreconditionOutcome.NotModified or PreconditionOutcome.Failed)
        {
            return new FileResponse(outcome is PreconditionOutcome.NotModified ? 304 : 412, fields, [], null);
        }

        fields.Add("Accept-Ranges", file.Ranges ? "bytes" : "none");
        IReadOnlyList<ByteRange> ranges = [];
        bool rangeCounts = file.Ranges && !request.IsHead && outcome is PreconditionOutcome.Proceed; // Range is for GET only (14.2)
        RangeKind kind = rangeCounts ? RangeHeader.Parse(request.Range, file.Bytes, out ranges) : RangeKind.Whole;
        if (kind is RangeKind.Unsatisfiable)
        {
            // The problem that goes out with it is about this request: it must not be kept for a year.
            return new FileResponse(416, [new("Accept-Ranges", "bytes"), new("Content-Range", ByteRange.Unsatisfied(file.Bytes))], [], null);
        }

        fields.Add(ContentDigest.ReprHeader, ContentDigest.Format(file.Sha256));
        if (file.Describedby is { } describedby)
        {
            fields.Add("Link", $"<{describedby}>; rel=describedby; type=\"{Metalink.MediaType}\"");
        }
        fields.Add("Content-Disposition", ContentDisposition.Attachment(file.Name));
        fields.Add("X-Content-Type-Options", "nosniff");
        if (kind is RangeKind.Whole)
        {
            BodySegment[] whole = request.IsHead || file.Bytes == 0 ? [] : [new BodySegment(default, new ByteRange(0, file.Bytes))];
            return Finish(200, fields, file.ContentType, whole, file.Bytes, file.Bytes);
        }
        if (ranges is [var only])
        {
            fields.Add("Content-Range", only.ContentRange(file.Bytes));
            return Finish(206, fields, file.ContentType, [new BodySegment(default, only)], only.Length, file.Bytes);
        }
        MultipartByteRanges parts = MultipartByteRanges.Frame(file, ranges);
        return Finish(206, fields, parts.ContentType, parts.Body, parts.Bytes, file.Bytes);
    }

    private static FileResponse Finish(int status, FieldList fields, string contentType, IReadOnlyList<BodySegment> body, long length, long whole)
    {
        fields.Add("Content-Type", contentType);
        fields.Add("Content-Length", length.ToString(CultureInfo.InvariantCulture));
        return new FileResponse(status, fields, body, length) { Whole = whole };
    }

    private sealed class FieldList : List<KeyValuePair<string, string>>
    {
        public void Add(string name, string value) => Add(new KeyValuePair<string, string>(name, value));
    }
}
