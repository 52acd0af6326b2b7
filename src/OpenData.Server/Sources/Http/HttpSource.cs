using OpenData.Format;

namespace OpenData.Server.Sources.Http;

/// <summary>
/// Another OpenData server as the place where a dataset comes from. What comes from there is whole releases, already packaged and signed: they are
/// imported as they are and never packaged again, so it opens no deliveries.
/// </summary>
/// <param name="upstream">The server.</param>
/// <param name="dataset">The dataset's code, the same there as here: it is part of every file's name.</param>
public sealed class HttpSource(Upstream upstream, string dataset) : Source
{
    /// <summary>The server.</summary>
    public Upstream Upstream => upstream;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<string>> ListEditionsAsync(CancellationToken stop)
    {
        SortedSet<string> editions = new(StringComparer.Ordinal);
        await foreach (ReleaseSummary release in upstream.ReleasesAsync(dataset, stop))
        {
            editions.Add(release.Edition);
        }
        return [.. editions];
    }

    /// <inheritdoc/>
    public override Task<Delivery?> OpenAsync(string edition, CancellationToken stop) =>
        throw new NotSupportedException($"{dataset} comes from {upstream.Place}, which gives releases and not deliveries: there is nothing to package.");
}
