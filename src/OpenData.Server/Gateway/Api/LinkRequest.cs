using System.Text.Json.Serialization;
using OpenData.Format;

namespace OpenData.Server.Gateway.Api;

/// <summary>What links are asked for: one path, a list of paths, or all files of a dataset's current releases between two days.</summary>
/// <param name="Path">The path of a file as in its address, below <c>/files/</c>.</param>
/// <param name="Paths">Up to 10,000 of them, each a file of a release.</param>
/// <param name="Dataset">The code of a dataset.</param>
/// <param name="From">With a dataset: not before this day.</param>
/// <param name="To">With a dataset: not after this day.</param>
/// <param name="Expires">When the links end, at most 7 days from now; that, if left out.</param>
/// <param name="Format"><c>json</c>, <c>text</c> (an address a line) or <c>metalink</c>; by the <c>Accept</c> header, if left out.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)] // a misspelled limit must not become everything
internal sealed record LinkRequest(
    string? Path = null, IReadOnlyList<string>? Paths = null, string? Dataset = null, DateOnly? From = null, DateOnly? To = null, DateTimeOffset? Expires = null, LinkFormat? Format = null);

/// <summary>In which form links are given.</summary>
[JsonConverter(typeof(LinkFormatConverter))]
internal enum LinkFormat
{
    /// <summary>An object.</summary>
    Json,

    /// <summary>An address a line, as <c>wget -i</c> and <c>aria2c -i</c> read it.</summary>
    Text,

    /// <summary>Metalink 4 with sizes, digests and pieces.</summary>
    Metalink,
}

/// <summary>Formats are written in lower case.</summary>
internal sealed class LinkFormatConverter() : JsonStringEnumConverter<LinkFormat>(System.Text.Json.JsonNamingPolicy.CamelCase, allowIntegerValues: false);

/// <param name="Url">The link.</param>
/// <param name="Expires">When it ends.</param>
internal sealed record LinkResponse(string Url, DateTimeOffset Expires);

/// <summary>One of many links.</summary>
/// <param name="Path">The file's path on this server, and where a mirror keeps it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its digest.</param>
/// <param name="Url">The link.</param>
internal sealed record LinkedFileSummary(string Path, long Bytes, Sha256Digest Sha256, string Url);
