using Microsoft.Extensions.Options;
using OpenData.Format;

namespace OpenData.Server.Gateway;

/// <summary>Addresses as the public sees them.</summary>
public sealed class PublicAddress(IOptions<GatewayOptions> options)
{
    private readonly string? _fixed = options.Value.PublicUrl?.AbsoluteUri.TrimEnd('/');

    /// <summary>The address of this service, without a slash at its end: the setting, or where there is none what the request was sent to.</summary>
    public string Root(HttpRequest request) => _fixed ?? $"{request.Scheme}://{request.Host}{request.PathBase}";

    /// <summary>The path of a release's folder, percent-encoded, with a slash at its end.</summary>
    public static string Folder(ReleaseId release) => $"/files/{release.Dataset}/{Uri.EscapeDataString(release.Edition)}/{release.RevisionName}/";

    /// <summary>The path of a file of a release, percent-encoded.</summary>
    public static string Of(ReleaseId release, string name) => Folder(release) + Uri.EscapeDataString(name);
}
