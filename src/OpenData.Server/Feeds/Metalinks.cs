using OpenData.Format;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>Metalink 4 documents (RFC 5854): for a volume, and for a whole release. Download managers check pieces by them and fetch damaged ones again.</summary>
internal static class Metalinks
{
    public static void MapMetalinks(this IEndpointRouteBuilder endpoints)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        endpoints.MapMethods("/files/{dataset}/{edition}/{revision}/{archive}.meta4", methods, VolumeAsync).ExcludeFromDescription();
        endpoints.MapMethods("/files/{dataset}/{edition}/{revision}/release.meta4", methods, ReleaseAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> VolumeAsync(string archive, HttpRequest request, ReleaseQueries releases, PublicAddress address, CancellationToken stop)
    {
        if (FileFinder.ReleaseOf(request) is not { } id
            || await releases.FindFileAsync(id, archive, stop) is not { Archive: true } file
            || await releases.ArchiveAsync(id, archive, stop) is not { } volume)
        {
            return Problems.NotFound("There is no archive of this name.");
        }
        return Problems.Of(id, file.State, file.WithdrawnAt, file.Reason) is { } gone
            ? gone
            : await DocumentAsync(request.HttpContext.Response, file.PublishedAt, [Describe(file, volume.Manifest, archive, address.Root(request))]);
    }

    private static async Task<IResult> ReleaseAsync(HttpRequest request, ReleaseQueries releases, PublicAddress address, CancellationToken stop)
    {
        if (FileFinder.ReleaseOf(request) is not { } id || await releases.FindAsync(id, stop) is not { } release || await releases.ManifestAsync(id, stop) is not { } manifest)
        {
            return Problems.NotFound("There is no such release.");
        }
        if (Problems.Of(id, release.State, release.WithdrawnAt, release.Reason) is { } gone)
        {
            return gone;
        }
        Dictionary<string, ArchiveManifest> volumes = manifest.Archives.ToDictionary(volume => volume.Name, StringComparer.Ordinal);
        IReadOnlyList<ReleaseFile> files = await releases.FilesAsync(id, stop);
        // Below a folder of the release, as on the server: SHA256SUMS of two releases must not fall on each other.
        return await DocumentAsync(
            request.HttpContext.Response,
            release.PublishedAt,
            [.. files.Select(file => Describe(file, volumes.GetValueOrDefault(file.Name), $"{id}/{file.Name}", address.Root(request)))]);
    }

    private static MetalinkFile Describe(ReleaseFile file, ArchiveManifest? volume, string savedAs, string root) => new(
        savedAs,
        file.Bytes,
        file.Sha256,
        volume?.PieceLength ?? 0,
        volume?.Pieces ?? [],
        root + PublicAddress.Of(file.Release, file.Name));

    private static async Task<IResult> DocumentAsync(HttpResponse response, DateTimeOffset published, IReadOnlyList<MetalinkFile> files)
    {
        MemoryStream document = new();
        await Metalink.WriteAsync(document, published, files);
        response.Headers.CacheControl = "no-cache";
        return TypedResults.Bytes(document.ToArray(), Metalink.MediaType);
    }
}
