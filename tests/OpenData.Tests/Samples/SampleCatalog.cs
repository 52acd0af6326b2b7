using OpenData.Server.Catalog;
using OpenData.Server.Samples;
using OpenData.Server.Scheduling;
using OpenData.Tests.Catalog;

namespace OpenData.Tests.Samples;

/// <summary>The project's own catalog, and small samples of it.</summary>
internal static class SampleCatalog
{
    public static readonly DateOnly Today = new(2026, 1, 15);

    public static DatasetCatalog Whole { get; } = CatalogFiles.Load(CatalogFolder.Original, Schedules.CronFault).Catalog!;

    public static Dataset Of(string code) => Whole.Datasets[code];

    public static IEnumerable<string> Codes => Whole.Datasets.Keys.Order(StringComparer.Ordinal);

    public static SampleOptions Small(long seed = 1, int editions = 1, long size = 60_000) => new(Today, editions, size, seed);

    /// <summary>Names below a folder with forward slashes, in order.</summary>
    public static IReadOnlyList<string> Names(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];
}
