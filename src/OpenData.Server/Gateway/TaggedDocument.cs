using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using OpenData.Format;
using OpenData.Server.Gateway.FastLane;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway;

/// <summary>
/// A document that is made from the database: with a strong entity tag of its bytes, so that who has it already is told so (304), with
/// how long it may be kept, and with its Content-Digest (RFC 9530) for who wants it.
/// </summary>
public sealed class TaggedDocument : IResult
{
    /// <summary>For what never changes: a year, the longest that caches take seriously (RFC 9111; immutable: RFC 8246).</summary>
    public const string ForEver = "public, max-age=31536000, immutable";

    /// <summary>For what grows: kept, but asked for again each time, which costs no body while nothing changed.</summary>
    public const string AskAgain = "public, no-cache";

    /// <summary>For what may be some minutes old: what is read by robots and catalogs.</summary>
    public const string Minutes = "public, max-age=300";

    /// <summary>Bytes that are handed over before the client has to take some.</summary>
    private const int Handful = 64 * 1024;

    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _body;
    private readonly string _contentType;
    private readonly string _cacheControl;
    private readonly string _tag;
    private LaneResponse? _plain;
    private LaneResponse? _withDigest;

    /// <summary>How this server writes text in JSON: Chinese as it is, for people read it, too.</summary>
    public static JavaScriptEncoder JsonEncoder { get; } = JavaScriptEncoder.Create(UnicodeRanges.All);

    /// <summary>A value as the API writes it.</summary>
    public static TaggedDocument OfJson<T>(T value, JsonTypeInfo<T> type, string cacheControl)
    {
        SegmentedBuffer buffer = new();
        using (Utf8JsonWriter json = new((IBufferWriter<byte>)buffer, new JsonWriterOptions { Encoder = JsonEncoder, SkipValidation = true }))
        {
            // The serializer itself leaves the generated code alone where an encoder was chosen, and goes by its metadata; the writer has the encoder here.
            if (type.SerializeHandler is { } write)
            {
                write(json, value);
            }
            else
            {
                JsonSerializer.Serialize(json, value, type);
            }
        }
        return new TaggedDocument(buffer.Finish(), "application/json; charset=utf-8", cacheControl);
    }

    /// <param name="body">The document, in pieces.</param>
    /// <param name="contentType">Its media type.</param>
    /// <param name="cacheControl">How long it may be kept, one of the constants here.</param>
    public TaggedDocument(IReadOnlyList<ReadOnlyMemory<byte>> body, string contentType, string cacheControl)
    {
        (_body, _contentType, _cacheControl) = (body, contentType, cacheControl);
        XxHash128 hash = new();
        foreach (ReadOnlyMemory<byte> piece in body)
        {
            hash.Append(piece.Span);
            Length += piece.Length;
        }
        _tag = string.Create(CultureInfo.InvariantCulture, $"\"{Convert.ToHexStringLower(hash.GetCurrentHash())}\"");
    }

    /// <summary>How many bytes it has.</summary>
    public int Length { get; }

    /// <summary>The answer to a request, whoever sends it: 200, or 304 without a body.</summary>
    /// <param name="ifNoneMatch">The field If-None-Match, or null.</param>
    /// <param name="wantContentDigest">The field Want-Content-Digest of a GET, or null.</param>
    public LaneResponse Answer(string? ifNoneMatch, string? wantContentDigest)
    {
        if (ifNoneMatch is not null && EntityTags.Contains(ifNoneMatch, _tag, weak: true))
        {
            return new LaneResponse(StatusCodes.Status304NotModified, Common, []);
        }
        return PartDigest.IsWanted(wantContentDigest) ? _withDigest ??= Whole([new(ContentDigest.ContentHeader, Digest())]) : _plain ??= Whole([]);
    }

    private KeyValuePair<string, string>[] Common => [new("ETag", _tag), new("Cache-Control", _cacheControl), new("X-Content-Type-Options", "nosniff")];

    private LaneResponse Whole(KeyValuePair<string, string>[] more) => new(
        StatusCodes.Status200OK, [.. Common, new("Content-Type", _contentType), new("Content-Length", Length.ToString(CultureInfo.InvariantCulture)), .. more], _body);

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpRequest request = httpContext.Request;
        HttpResponse response = httpContext.Response;
        bool isHead = HttpMethods.IsHead(request.Method);
        LaneResponse answer = Answer(
            request.Headers.IfNoneMatch is { Count: > 0 } known ? known.ToString() : null,
            isHead ? null : request.Headers["Want-Content-Digest"].ToString());
        response.StatusCode = answer.Status;
        foreach ((string name, string value) in answer.Fields)
        {
            response.Headers[name] = value;
        }
        if (isHead || answer.Body.Count == 0)
        {
            return;
        }
        PipeWriter writer = response.BodyWriter;
        int written = 0;
        foreach (ReadOnlyMemory<byte> piece in answer.Body)
        {
            writer.Write(piece.Span);
            written += piece.Length;
            if (written >= Handful)
            {
                written = 0;
                await writer.FlushAsync(httpContext.RequestAborted);
            }
        }
        await writer.FlushAsync(httpContext.RequestAborted);
    }

    private string Digest()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ReadOnlyMemory<byte> piece in _body)
        {
            hash.AppendData(piece.Span);
        }
        return ContentDigest.Format(Sha256Digest.FinishAndReset(hash));
    }
}
