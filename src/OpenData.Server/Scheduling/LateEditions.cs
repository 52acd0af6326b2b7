using System.Globalization;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;

namespace OpenData.Server.Scheduling;

/// <summary>Which editions should be here by their schedules and are not. Nothing is late before a dataset has its first release.</summary>
public sealed class LateEditions(ICurrentCatalog catalog, EditionStates editions, TimeProvider time)
{
    /// <summary>The late editions of a dataset or of all, in order of dataset and day.</summary>
    public async Task<IReadOnlyList<LateEdition>> ListAsync(string? dataset, CancellationToken stop)
    {
        DateTimeOffset now = time.GetUtcNow();
        List<LateEdition> late = [];
        foreach (Dataset one in catalog.Current.Datasets.Values.Where(one => dataset is null || one.Code == dataset).OrderBy(one => one.Code, StringComparer.Ordinal))
        {
            if (await editions.PublishedSinceAsync(one.Code, stop) is not { } since)
            {
                continue;
            }
            DateTimeOffset from = since > now - Lateness.Longest ? since : now - Lateness.Longest;
            HashSet<DateOnly> days = [.. (await editions.DaysAsync(one.Code, one.Schedule.TimeZone, stop))];
            late.AddRange(Lateness.Missing(Lateness.DueBetween(one.Schedule, from, now), days).Select(expected => new LateEdition(one.Code, expected)));
        }
        return late;
    }
}

/// <summary>An edition that has not come in time.</summary>
/// <param name="Dataset">The dataset's code.</param>
/// <param name="Expected">What its schedule expects.</param>
public sealed record LateEdition(string Dataset, ExpectedEdition Expected)
{
    /// <summary>The id that it would have: the day on which it was looked for.</summary>
    public string Edition => Expected.Day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    /// <summary>What is the matter, in a line.</summary>
    public string Reason => string.Create(
        CultureInfo.InvariantCulture, $"No edition of a day after {Expected.After:yyyy-MM-dd} had come by {Expected.DueAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, when it was due.");
}
