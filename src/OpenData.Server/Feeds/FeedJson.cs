using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Feeds;

/// <summary>How this room writes JSON: as <see cref="FormatJson"/> does, with Chinese as it is, for people read it, too.</summary>
internal static class FeedJson
{
    public static readonly JavaScriptEncoder Encoder = TaggedDocument.JsonEncoder;

    public static readonly FormatJson Format = new(new JsonSerializerOptions(FormatJson.Default.Options) { Encoder = Encoder });

    /// <summary>The bytes of an object that is written by hand; its first property is for the caller to write.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Write(Action<Utf8JsonWriter> write)
    {
        SegmentedBuffer buffer = new();
        using (Utf8JsonWriter json = new((IBufferWriter<byte>)buffer, new JsonWriterOptions { Encoder = Encoder, Indented = true }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return buffer.Finish();
    }
}
