using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenData.Server.Packaging;

/// <summary>
/// What a finding or a run says: a phrase and what stands in its places, so that each reader has it in their language. In JSON it is an array, the phrase's name and then
/// its values: <c>["not-well-formed","a.xml",["line-byte",3,1],["tag-not-closed"]]</c>.
/// </summary>
[JsonConverter(typeof(SentenceJson))]
public sealed class Sentence : IEquatable<Sentence>
{
    private static readonly JsonWriterOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyList<object> _values;

    internal Sentence(Phrase phrase, IReadOnlyList<object> values)
    {
        Phrase = phrase;
        _values = values;
    }

    /// <summary>Which phrase it is.</summary>
    public Phrase Phrase { get; }

    /// <summary>The English text.</summary>
    public string English => Say(inChinese: false);

    /// <summary>The text in one of the two languages.</summary>
    public string Say(bool inChinese) => Phrase.Say(inChinese, _values);

    /// <summary>True where the same is said.</summary>
    public bool Equals(Sentence? other) => other is not null && other.Phrase == Phrase && other._values.SequenceEqual(_values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Sentence);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Phrase.Name, _values.Count > 0 ? _values[^1] : null);

    /// <inheritdoc/>
    public override string ToString() => English;

    /// <summary>The array as a text.</summary>
    internal string ToJson()
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text, s_readable))
        {
            Write(json);
        }
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        json.WriteStringValue(Phrase.Name);
        foreach (object value in _values)
        {
            switch (value)
            {
                case Sentence inner:
                    inner.Write(json);
                    break;
                case long number:
                    json.WriteNumberValue(number);
                    break;
                case double number:
                    json.WriteNumberValue(number);
                    break;
                default:
                    json.WriteStringValue((string)value);
                    break;
            }
        }
        json.WriteEndArray();
    }

    /// <summary>The sentence in an array; null for what is none, such as one of a newer version with phrases that this one does not know.</summary>
    internal static Sentence? Read(JsonElement json)
    {
        if (json.ValueKind is not JsonValueKind.Array || json.GetArrayLength() == 0 || json[0].ValueKind is not JsonValueKind.String
            || Phrases.Find(json[0].GetString()!) is not { } phrase || json.GetArrayLength() - 1 < phrase.Places)
        {
            return null;
        }
        object?[] values = [.. json.EnumerateArray().Skip(1).Select(value => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.TryGetInt64(out long whole) ? whole : value.GetDouble(),
            JsonValueKind.Array => (object?)Read(value),
            _ => null,
        })];
        return values.Contains(null) ? null : new Sentence(phrase, values!);
    }
}

/// <summary>Sentences in JSON.</summary>
internal sealed class SentenceJson : JsonConverter<Sentence?>
{
    public override Sentence? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return Sentence.Read(document.RootElement);
    }

    public override void Write(Utf8JsonWriter writer, Sentence? value, JsonSerializerOptions options)
    {
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.Write(writer);
        }
    }
}
