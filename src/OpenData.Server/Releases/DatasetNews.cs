using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Dapper;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>
/// Tells the change feed (<see cref="ChangeType.DatasetChanged"/>) when what a dataset is said to be changed, in its file or by an edit on the site: names, coverage,
/// schedule, who may have it. The database remembers the description that was told last, so one of all nodes tells each once, and a change made while none ran is told
/// at the next start. A dataset that is seen for the first time is not news: its first release is. While the database is away it is tried again.
/// </summary>
/// <remarks>Nodes whose catalogs differ each tell theirs once, when they take it in.</remarks>
public sealed partial class DatasetNews(SqlDatabase database, ChangeFeed feed, ICurrentCatalog catalog, TimeProvider time, ILogger<DatasetNews> log) : BackgroundService
{
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(10);

    /// <summary>Tells what changed of these datasets since it was told last.</summary>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached; what was not told is told by the next call.</exception>
    public async Task TellAsync(IEnumerable<Dataset> datasets, CancellationToken stop)
    {
        Dictionary<string, Sha256Digest> told = await ToldAsync(stop);
        foreach (Dataset dataset in datasets.OrderBy(dataset => dataset.Code, StringComparer.Ordinal))
        {
            Sha256Digest now = DescriptionOf(dataset);
            if (!told.TryGetValue(dataset.Code, out Sha256Digest before))
            {
                await database.WriteAsync(
                    transaction => transaction.Connection!.ExecuteAsync(
                        "INSERT INTO dataset_descriptions (dataset, sha256) VALUES (@Code, @now) ON CONFLICT (dataset) DO NOTHING", new { dataset.Code, now }, transaction),
                    stop);
            }
            else if (before != now)
            {
                // Where another node was first, nothing changes here.
                await database.ChangeAsync(
                    "UPDATE dataset_descriptions SET sha256 = @now WHERE dataset = @Code AND sha256 = @before",
                    new { dataset.Code, now, before },
                    transaction => feed.AppendAsync(transaction, [new NewChange(ChangeType.DatasetChanged, dataset.Code)]),
                    stop);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using SemaphoreSlim changed = new(1);
        void Wake(DatasetCatalog _) => changed.Release();
        catalog.Changed += Wake;
        try
        {
            bool away = false;
            while (true)
            {
                await changed.WaitAsync(stoppingToken);
                try
                {
                    await TellAsync(catalog.Current.Datasets.Values, stoppingToken);
                    away = false;
                }
                catch (Exception e) when (e is DbException or DatabaseUnavailableException or TimeoutException)
                {
                    if (!away) // once, not every few seconds
                    {
                        LogAway(e);
                    }
                    away = true;
                    changed.Release();
                    await Task.Delay(s_again, time, stoppingToken);
                }
            }
        }
        finally
        {
            catalog.Changed -= Wake;
        }
    }

    /// <summary>All that a reader of the catalog is told of a dataset; not where it comes from or how it is packaged.</summary>
    private static Sha256Digest DescriptionOf(Dataset dataset) => Sha256Digest.Of(JsonSerializer.SerializeToUtf8Bytes<string?[]>(
    [
        dataset.Name.Zh, dataset.Name.En, dataset.Description.Zh, dataset.Description.En, dataset.Jurisdiction, dataset.Category, dataset.Content,
        string.Join(' ', dataset.KindCodes), string.Join(' ', dataset.Media), dataset.Schema?.Name, dataset.Schema?.Version, dataset.Provenance,
        dataset.CoverageFrom?.ToString("O", CultureInfo.InvariantCulture), dataset.Access.ToString(), dataset.Terms,
        dataset.Schedule.Cron, dataset.Schedule.TimeZone.Id, dataset.Schedule.Due.ToString("c", CultureInfo.InvariantCulture),
        dataset.Retention.Editions?.ToString(CultureInfo.InvariantCulture), dataset.Retention.Days?.ToString(CultureInfo.InvariantCulture),
    ]));

    private async Task<Dictionary<string, Sha256Digest>> ToldAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return (await connection.QueryAsync<Row>("SELECT dataset, sha256 FROM dataset_descriptions")).ToDictionary(row => row.Dataset, row => row.Sha256, StringComparer.Ordinal);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What changed in the catalog cannot be told to the change feed just now; it is tried again")]
    private partial void LogAway(Exception e);

    private sealed record Row
    {
        public string Dataset { get; init; } = "";

        public Sha256Digest Sha256 { get; init; }
    }
}
