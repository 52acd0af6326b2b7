using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using OpenData.Format;

namespace OpenData.Server.Feeds;

/// <summary>How this room writes JSON: as <see cref="FormatJson"/> does, with Chinese as it is, for people read it, too.</summary>
internal static class FeedJson
{
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);

    public static readonly FormatJson Format = new(new JsonSerializerOptions(FormatJson.Default.Options) { Encoder = Encoder });

    /// <summary>The bytes of an object that is written by hand; its first property is for the caller to write.</summary>
    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        System.Buffers.ArrayBufferWriter<byte> buffer = new(4096);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = Encoder, Indented = true }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }
}
