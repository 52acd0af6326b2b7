using System.Text.Json;
using System.Text.Json.Serialization;
using OpenData.Format;
using OpenData.Server.Packaging;

namespace OpenData.Server.Releases;

/// <summary>Source-generated JSON of what this room keeps in the database.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Package))]
[JsonSerializable(typeof(IReadOnlyList<Finding>))]
[JsonSerializable(typeof(ArchiveManifest))]
internal sealed partial class ReleasesJson : JsonSerializerContext;
