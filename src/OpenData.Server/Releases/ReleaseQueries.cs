using System.Data.Common;
using System.Text.Json;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases;

/// <summary>What is public, and what was. Every answer is as of the last commit; a withdrawal shows at once.</summary>
public sealed class ReleaseQueries(SqlDatabase database)
{
    /// <summary>A file by its address, of a release in any state (look at it: a withdrawn one's files are not served); null where there is none.</summary>
    public async Task<ReleaseFile?> FindFileAsync(ReleaseId release, string fileName, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<ReleaseFile>(
            $"{SelectFile} WHERE {OfRelease("files")} AND files.name = @fileName", new { release.Dataset, release.Edition, release.Revision, fileName });
    }

    /// <summary>All files of a release in order of names; empty where there is no such release.</summary>
    public async Task<IReadOnlyList<ReleaseFile>> FilesAsync(ReleaseId release, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<ReleaseFile>(
            $"{SelectFile} WHERE {OfRelease("files")} ORDER BY files.name", new { release.Dataset, release.Edition, release.Revision })];
    }

    /// <summary>Files with this content, those of current releases first; mostly one or none.</summary>
    public async Task<IReadOnlyList<ReleaseFile>> FilesAsync(Sha256Digest sha256, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<ReleaseFile>(
            $"{SelectFile} WHERE files.sha256 = @sha256 ORDER BY releases.state, files.dataset, files.edition, files.revision LIMIT 100", new { sha256 })];
    }

    /// <summary>What the gateway needs to serve and check a volume: its part of the manifest and the checksums of its blocks.</summary>
    public async Task<PackagedArchive?> ArchiveAsync(ReleaseId release, string fileName, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        ArchiveRow? row = await connection.QuerySingleOrDefaultAsync<ArchiveRow>(
            $"SELECT manifest, blocks FROM release_archives archives WHERE {OfRelease("archives")} AND name = @fileName",
            new { release.Dataset, release.Edition, release.Revision, fileName });
        return row is null ? null : new PackagedArchive(JsonSerializer.Deserialize(row.Manifest, ReleasesJson.Default.ArchiveManifest)!, row.Blocks);
    }

    /// <summary>The very text of a release's <c>release.json</c>; null where there is no such release.</summary>
    public async Task<string?> ManifestTextAsync(ReleaseId release, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<string>(
            $"SELECT manifest FROM releases WHERE {OfRelease("releases")}", new { release.Dataset, release.Edition, release.Revision });
    }

    /// <summary>A release's manifest; null where there is no such release.</summary>
    public async Task<Manifest?> ManifestAsync(ReleaseId release, CancellationToken stop) =>
        await ManifestTextAsync(release, stop) is { } text ? JsonSerializer.Deserialize(text, FormatJson.Default.Manifest) : null;

    /// <summary>A release in any state; null where there is none.</summary>
    public async Task<Release?> FindAsync(ReleaseId release, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<Release>(
            $"SELECT {Release.Columns} FROM releases WHERE {OfRelease("releases")}", new { release.Dataset, release.Edition, release.Revision });
    }

    /// <summary>All revisions of an edition, the newest first.</summary>
    public async Task<IReadOnlyList<Release>> RevisionsAsync(string dataset, string edition, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<Release>(
            $"SELECT {Release.Columns} FROM releases WHERE dataset = @dataset AND edition = @edition ORDER BY revision DESC", new { dataset, edition })];
    }

    /// <summary>The newest release of a dataset; null where it has none.</summary>
    public async Task<Release?> LatestAsync(string dataset, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<Release>(
            $"SELECT {Release.Columns} FROM dataset_heads heads JOIN releases ON {HeadRelease} WHERE heads.dataset = @dataset", new { dataset });
    }

    /// <summary>The newest release of each dataset that has one, and how many editions each has, by code.</summary>
    public async Task<IReadOnlyDictionary<string, DatasetHead>> LatestOfAllAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        IEnumerable<DatasetHead> heads = await connection.QueryAsync<Release, CountRow, DatasetHead>(
            $"SELECT {Release.Columns}, heads.editions FROM dataset_heads heads JOIN releases ON {HeadRelease}",
            (latest, count) => new DatasetHead(latest, count.Editions),
            splitOn: "editions");
        return heads.ToDictionary(head => head.Latest.Dataset, StringComparer.Ordinal);
    }

    /// <summary>Releases of a dataset, the newest day first, then by edition and revision, falling.</summary>
    /// <param name="dataset">The dataset's code.</param>
    /// <param name="from">Not before this day, or null.</param>
    /// <param name="to">Not after this day, or null.</param>
    /// <param name="after">The last one that was seen, or null to begin.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="currentOnly">Leaves out what is superseded, archived or withdrawn.</param>
    /// <param name="stop">Cancels.</param>
    public Task<IReadOnlyList<Release>> PageAsync(
        string dataset, DateOnly? from, DateOnly? to, ReleaseCursor? after, int limit, bool currentOnly, CancellationToken stop) =>
        PageAsync(dataset, from, to, publishedSince: null, after, limit, currentOnly, stop);

    /// <summary>The same, of those that were published at a time or later.</summary>
    public async Task<IReadOnlyList<Release>> PageAsync(
        string dataset, DateOnly? from, DateOnly? to, DateTimeOffset? publishedSince, ReleaseCursor? after, int limit, bool currentOnly, CancellationToken stop)
    {
        string where = string.Concat(
            from is null ? "" : " AND date >= @from",
            to is null ? "" : " AND date <= @to",
            publishedSince is null ? "" : " AND published_at >= @publishedSince",
            after is null ? "" : " AND (date, edition, revision) < (@afterDate, @afterEdition, @afterRevision)",
            currentOnly ? " AND state = 'published' AND archived_at IS NULL" : "");
        await using DbConnection connection = await database.OpenAsync(stop);
        List<Release> page = new(Math.Min(limit, 1024));
        await using (DbDataReader rows = await connection.ExecuteReaderAsync(
            $"SELECT {Release.ListedColumns} FROM releases WHERE dataset = @dataset{where} ORDER BY date DESC, edition DESC, revision DESC LIMIT @limit",
            new { dataset, from, to, publishedSince, afterDate = after?.Date, afterEdition = after?.Edition, afterRevision = after?.Revision, limit }))
        {
            while (await rows.ReadAsync(stop))
            {
                page.Add(Release.ReadListed(rows));
            }
        }
        return page.Exists(release => release.State is ReleaseState.Withdrawn) ? await WithReasonsAsync(connection, dataset, page) : page;
    }

    /// <summary>The few that were withdrawn, with their reasons, which the index has not.</summary>
    private static async Task<IReadOnlyList<Release>> WithReasonsAsync(DbConnection connection, string dataset, List<Release> page)
    {
        IEnumerable<ReasonRow> rows = await connection.QueryAsync<ReasonRow>(
            "SELECT edition, revision, reason FROM releases WHERE dataset = @dataset AND date >= @oldest AND date <= @newest AND state = 'withdrawn'",
            new { dataset, oldest = page[^1].Date, newest = page[0].Date });
        Dictionary<(string, int), string?> reasons = rows.ToDictionary(row => (row.Edition, row.Revision), row => row.Reason);
        return page.ConvertAll(release => release.State is ReleaseState.Withdrawn ? release with { Reason = reasons.GetValueOrDefault((release.Edition, release.Revision)) } : release);
    }

    private const string SelectFile =
        """
        SELECT files.dataset, files.edition, files.revision, files.name, files.bytes, files.sha256, files.media_type, files.archive,
            CASE WHEN releases.archived_at IS NOT NULL AND releases.state <> 'withdrawn' THEN 'archived' ELSE releases.state END AS state, releases.reason, releases.withdrawn_at, releases.published_at
        FROM release_files files JOIN releases ON (releases.dataset, releases.edition, releases.revision) = (files.dataset, files.edition, files.revision)
        """;

    private const string HeadRelease = "(releases.dataset, releases.edition, releases.revision) = (heads.dataset, heads.edition, heads.revision)";

    private static string OfRelease(string table) => $"{table}.dataset = @Dataset AND {table}.edition = @Edition AND {table}.revision = @Revision";

    private sealed record ArchiveRow
    {
        public string Manifest { get; init; } = "";

        public byte[] Blocks { get; init; } = [];
    }

    private sealed record ReasonRow
    {
        public string Edition { get; init; } = "";

        public int Revision { get; init; }

        public string? Reason { get; init; }
    }

    private sealed record CountRow
    {
        public long Editions { get; init; }
    }
}

/// <param name="Latest">The newest release.</param>
/// <param name="Editions">How many editions have a current release.</param>
public sealed record DatasetHead(Release Latest, long Editions);
