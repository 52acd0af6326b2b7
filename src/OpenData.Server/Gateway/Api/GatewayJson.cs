using System.Text.Json;
using System.Text.Json.Serialization;
using OpenData.Format;

namespace OpenData.Server.Gateway.Api;

/// <summary>Source-generated JSON of what only the gateway's API says; the rest is in <see cref="FormatJson"/>.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BandwidthSummary))]
[JsonSerializable(typeof(Page<UsageSummary>))]
[JsonSerializable(typeof(Page<FileSummary>))]
[JsonSerializable(typeof(LinkRequest))]
[JsonSerializable(typeof(LinkResponse))]
[JsonSerializable(typeof(LinkedFileSummary))]
internal sealed partial class GatewayJson : JsonSerializerContext;
