using Microsoft.AspNetCore.Http.HttpResults;
using OpenData.Format;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway.Api;

/// <summary><c>/api/v1/files/sha256/HEX</c>: what file is this.</summary>
internal static class FilesApi
{
    public static void MapFileLookup(this IEndpointRouteBuilder api) =>
        api.MapGet("/files/sha256/{hex}", FindAsync).WithSummary("Files with this content, those of current releases first");

    private static async Task<Results<Ok<Page<FileSummary>>, Problems>> FindAsync(string hex, ReleaseQueries releases, CancellationToken stop)
    {
        if (!Sha256Digest.TryParse(hex, out Sha256Digest digest))
        {
            return Problems.BadParameter("hex", hex, "a SHA-256 digest of 64 hexadecimal digits");
        }
        IReadOnlyList<ReleaseFile> files = await releases.FilesAsync(digest, stop);
        return files.Count == 0
            ? Problems.NotFound("No file that was ever published here has this digest.")
            : TypedResults.Ok(new Page<FileSummary>([.. files.Select(FileSummary.Of)], null));
    }
}

/// <summary>A file as the API shows it.</summary>
/// <param name="Dataset">The dataset's code.</param>
/// <param name="Edition">The edition's id.</param>
/// <param name="Revision">The revision.</param>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its digest.</param>
/// <param name="State">What its release is now: <c>published</c>, <c>superseded</c> or <c>withdrawn</c>.</param>
/// <param name="Path">Its address on this server; absent where its release was withdrawn.</param>
internal sealed record FileSummary(string Dataset, string Edition, int Revision, string Name, long Bytes, Sha256Digest Sha256, string State, string? Path)
{
    public static FileSummary Of(ReleaseFile file) => new(
        file.Dataset,
        file.Edition,
        file.Revision,
        file.Name,
        file.Bytes,
        file.Sha256,
        file.State.ToText(),
        file.State is ReleaseState.Withdrawn or ReleaseState.Archived ? null : PublicAddress.Of(file.Release, file.Name));
}
