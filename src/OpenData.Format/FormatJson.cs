using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenData.Format;

/// <summary>Source-generated JSON of everything that server and mirror exchange: camel case, absent instead of null.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(EntryRecord))]
[JsonSerializable(typeof(EntryChange))]
[JsonSerializable(typeof(Change))]
[JsonSerializable(typeof(FeedPage))]
[JsonSerializable(typeof(FeedHead))]
[JsonSerializable(typeof(SigningKeyList))]
[JsonSerializable(typeof(DatasetSummary))]
[JsonSerializable(typeof(ReleaseSummary))]
[JsonSerializable(typeof(Page<DatasetSummary>))]
[JsonSerializable(typeof(Page<ReleaseSummary>))]
[JsonSerializable(typeof(Problem))]
public sealed partial class FormatJson : JsonSerializerContext;
