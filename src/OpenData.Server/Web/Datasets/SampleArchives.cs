using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.Extensions.Options;
using OpenData.Server.Catalog;
using OpenData.Server.Samples;

namespace OpenData.Server.Web.Datasets;

/// <summary>
/// A small archive of each dataset that anybody may take to see its folders, files and fields: the curators' own, <c>CODE.sample.zip</c> beside the
/// dataset's file in the catalog, else one made by program, with invented documents in the form of the real ones. A made one is kept in memory.
/// </summary>
public sealed class SampleArchives(IOptions<CatalogOptions> catalog, TimeProvider time) : IDisposable
{
    /// <summary>Bytes of documents in a made archive, before compression.</summary>
    private const long Size = 300_000;

    private readonly ConcurrentDictionary<string, byte[]> _made = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _making = new(1, 1);

    /// <summary>The path of the curators' archive, or null.</summary>
    public string? CuratedPath(Dataset dataset) =>
        Path.Combine(catalog.Value.Folder, "datasets", dataset.Jurisdiction, dataset.Code + ".sample.zip") is var path && File.Exists(path) ? Path.GetFullPath(path) : null;

    /// <summary>A made archive.</summary>
    public async Task<byte[]> MakeAsync(Dataset dataset, CancellationToken stop)
    {
        if (_made.TryGetValue(dataset.Code, out byte[]? known))
        {
            return known;
        }
        await _making.WaitAsync(stop);
        try
        {
            return _made.TryGetValue(dataset.Code, out known) ? known : _made[dataset.Code] = await WriteAsync(dataset, stop);
        }
        finally
        {
            _making.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _making.Dispose();

    private async Task<byte[]> WriteAsync(Dataset dataset, CancellationToken stop)
    {
        string folder = Directory.CreateTempSubdirectory("opendata-sample-").FullName;
        try
        {
            await SampleDeliveries.WriteAsync(folder, [dataset], new SampleOptions(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), 1, Size), null, stop);
            string root = Path.Combine(folder, dataset.Source.Path);
            using MemoryStream archive = new();
            await using (ZipArchive zip = new(archive, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (string path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                {
                    string name = Path.GetRelativePath(root, path).Replace('\\', '/');
                    if (!name.EndsWith("/" + dataset.Source.Ready, StringComparison.Ordinal))
                    {
                        ZipArchiveEntry entry = zip.CreateEntry($"{dataset.Code}_sample/{name}", CompressionLevel.Optimal);
                        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                        await using Stream to = await entry.OpenAsync(stop);
                        await using FileStream from = File.OpenRead(path);
                        await from.CopyToAsync(to, stop);
                    }
                }
            }
            return archive.ToArray();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
