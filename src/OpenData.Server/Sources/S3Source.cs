using OpenData.Format;
using OpenData.Server.S3;

namespace OpenData.Server.Sources;

/// <summary>Deliveries as objects of a bucket, with keys <c>path/edition/name</c>.</summary>
internal sealed class S3Source(S3Connection s3, string path, string ready, PassedOverEditions passedOver) : Source
{
    private readonly string prefix = path + "/";

    private string Place => $"{s3.Place}/{path}";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<string>> ListEditionsAsync(CancellationToken stop)
    {
        List<string> editions = [];
        await foreach (string folder in s3.ListFoldersAsync(prefix, stop))
        {
            string edition = folder[prefix.Length..^1];
            if (await s3.FindAsync(folder + ready, stop) is null)
            {
                continue;
            }
            if (ReleaseId.IsEdition(edition))
            {
                editions.Add(edition);
            }
            else
            {
                passedOver.Tell(Place, edition, "its name is not an edition id");
            }
        }
        editions.Sort(StringComparer.Ordinal);
        return editions;
    }

    /// <inheritdoc/>
    public override async Task<Delivery?> OpenAsync(string edition, CancellationToken stop) =>
        ReleaseId.IsEdition(edition) && await s3.FindAsync($"{prefix}{edition}/{ready}", stop) is { } marker
            ? new S3Delivery(s3, $"{prefix}{edition}/", edition, ready, marker.ModifiedAt)
            : null;
}
