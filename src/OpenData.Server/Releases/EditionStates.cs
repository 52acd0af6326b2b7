using System.Data.Common;
using System.Text.Json;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Packaging;

namespace OpenData.Server.Releases;

/// <summary>
/// Where every edition stands, from the first byte of packaging on. A row of <c>editions</c> is also the lock under which an edition is
/// published, withdrawn or swept.
/// </summary>
public sealed class EditionStates(SqlDatabase database, TimeProvider time)
{
    /// <summary>A run begins: the edition is <see cref="EditionState.Running"/>, and nothing of it is swept.</summary>
    public Task BeginAsync(string dataset, string edition, DateTimeOffset readyAt, CancellationToken stop) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO editions (dataset, edition, state, findings, ready_at, updated_at) VALUES (@dataset, @edition, 'running', '[]', @readyAt, @now)
            ON CONFLICT (dataset, edition) DO UPDATE SET state = 'running', reason = NULL, findings = '[]', package = NULL, ready_at = @readyAt, updated_at = @now,
                wait_until = NULL, wait_reason = NULL
            """,
            new { dataset, edition, readyAt, now = time.GetUtcNow() },
            transaction),
        stop);

    /// <summary>The name of the release that a run would make: the revision after the highest there is.</summary>
    public async Task<ReleaseId> NextReleaseAsync(string dataset, string edition, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        int highest = await connection.QuerySingleAsync<int>(
            "SELECT coalesce(max(revision), 0) FROM releases WHERE dataset = @dataset AND edition = @edition", new { dataset, edition });
        return new ReleaseId(dataset, edition, highest + 1);
    }

    /// <summary>A run failed. What was published before stays public.</summary>
    public Task FailAsync(string dataset, string edition, Words why, CancellationToken stop) => database.WriteAsync(
        transaction => SetAsync(transaction, dataset, edition, EditionState.Failed, why, [], null), stop);

    /// <summary>
    /// The edition waits for a curator. The package, if it came to one, stays stored and remembered, so that <see cref="Holds"/> can publish
    /// it as it is.
    /// </summary>
    /// <param name="dataset">The dataset's code.</param>
    /// <param name="edition">The edition's id.</param>
    /// <param name="why">Why, in a line; null for what the findings say that hold.</param>
    /// <param name="findings">What looks wrong.</param>
    /// <param name="package">What was packaged, or null where nothing could be (hostile names).</param>
    /// <param name="stop">Cancels.</param>
    public Task HoldAsync(string dataset, string edition, Words? why, IReadOnlyList<Finding> findings, Package? package, CancellationToken stop) => database.WriteAsync(
        transaction => SetAsync(transaction, dataset, edition, EditionState.Held, why ?? Words.OfHold(findings), findings, package), stop);

    /// <summary>Editions that a schedule need not take up again unless their delivery comes again: published, held, rejected or withdrawn; by their ids.</summary>
    public async Task<IReadOnlyDictionary<string, SettledEdition>> SettledAsync(string dataset, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return (await connection.QueryAsync<SettledEdition>(
            "SELECT edition, ready_at, delivery FROM editions WHERE dataset = @dataset AND state IN ('published', 'held', 'rejected', 'withdrawn')", new { dataset }))
            .ToDictionary(settled => settled.Edition, StringComparer.Ordinal);
    }

    /// <summary>When the dataset's first release was published here, in UTC; null where it has none.</summary>
    public async Task<DateTimeOffset?> PublishedSinceAsync(string dataset, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<DateTimeOffset?>("SELECT published_at FROM releases WHERE dataset = @dataset ORDER BY published_at LIMIT 1", new { dataset });
    }

    /// <summary>The days of all editions of a dataset that came, whatever became of them.</summary>
    /// <param name="dataset">The dataset's code.</param>
    /// <param name="zone">Its time zone, for editions whose ids spell no day.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IEnumerable<DateOnly>> DaysAsync(string dataset, TimeZoneInfo zone, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return (await connection.QueryAsync<SettledEdition>("SELECT edition, ready_at FROM editions WHERE dataset = @dataset", new { dataset }))
            .Select(came => EditionDate.Of(came.Edition, came.ReadyAt ?? DateTimeOffset.UnixEpoch, zone));
    }

    /// <summary>Editions of which a document was withdrawn and that are to be packaged anew out of a release; of one dataset or of all.</summary>
    public async Task<IReadOnlyList<(string Dataset, string Edition)>> ToRebuildAsync(string? dataset, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. (await connection.QueryAsync<Row>(
            $"SELECT {Columns} FROM editions WHERE rebuild_from IS NOT NULL {(dataset is null ? "" : "AND dataset = @dataset")} ORDER BY dataset, edition", new { dataset }))
            .Select(row => (row.Dataset, row.Edition))];
    }

    /// <summary>A run begins that makes the edition anew out of a release: what is remembered of its delivery stays.</summary>
    public Task BeginRebuildAsync(string dataset, string edition, CancellationToken stop) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(
            "UPDATE editions SET state = 'running', updated_at = @now WHERE dataset = @dataset AND edition = @edition AND rebuild_from IS NOT NULL",
            new { dataset, edition, now = time.GetUtcNow() },
            transaction),
        stop);

    /// <summary>The revision out of which the edition is to be packaged anew; null where it is packaged of its delivery.</summary>
    public async Task<int?> RebuildFromAsync(string dataset, string edition, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<int?>("SELECT rebuild_from FROM editions WHERE dataset = @dataset AND edition = @edition", new { dataset, edition });
    }

    /// <summary>Which delivery was taken up last, by the fingerprint of its listing: one that is listed otherwise later came again.</summary>
    public Task RememberDeliveryAsync(string dataset, string edition, string fingerprint, CancellationToken stop) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(
            "UPDATE editions SET delivery = @fingerprint WHERE dataset = @dataset AND edition = @edition", new { dataset, edition, fingerprint }, transaction),
        stop);

    /// <summary>One edition, or null where it was never taken up.</summary>
    public async Task<Edition?> FindAsync(string dataset, string edition, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        Row? row = await connection.QuerySingleOrDefaultAsync<Row>($"SELECT {Columns} FROM editions WHERE dataset = @dataset AND edition = @edition", new { dataset, edition });
        return row?.ToEdition();
    }

    /// <summary>Lets the schedule take up an edition again that is held, rejected or failed: it is packaged anew of what is delivered now.</summary>
    /// <param name="dataset">The dataset's code.</param>
    /// <param name="edition">The edition's id.</param>
    /// <param name="also">What else belongs to the same transaction (the line of the audit trail).</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>False where it stands otherwise: what is published is packaged again when it is delivered again.</returns>
    public Task<bool> TakeUpAgainAsync(string dataset, string edition, Func<DbTransaction, Task> also, CancellationToken stop) => database.ChangeAsync(
        """
        UPDATE editions SET state = 'failed', reason = @again, findings = '[]', package = NULL, updated_at = @now, wait_until = NULL, wait_reason = NULL
        WHERE dataset = @dataset AND edition = @edition AND state IN ('held', 'rejected', 'failed')
        """,
        new { dataset, edition, again = ((Words)Reasons.AskedAgain).Stored, now = time.GetUtcNow() },
        also,
        stop);

    /// <summary>How many editions there are in the states that somebody should look at: running, held and failed.</summary>
    public async Task<IReadOnlyDictionary<EditionState, int>> OpenCountsAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return (await connection.QueryAsync<CountRow>(new CommandDefinition(
            "SELECT state, count(*) AS editions FROM editions WHERE state IN ('running', 'held', 'failed') GROUP BY state", cancellationToken: stop)))
            .ToDictionary(row => row.State, row => row.Editions);
    }

    /// <summary>Editions in order of dataset and id.</summary>
    /// <param name="dataset">Only of this dataset, or null for all.</param>
    /// <param name="state">Only in this state, or null for all.</param>
    /// <param name="after">The last one that was seen, or null to begin.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IReadOnlyList<Edition>> PageAsync(string? dataset, EditionState? state, (string Dataset, string Edition)? after, int limit, CancellationToken stop)
    {
        string where = string.Join(
            " AND ",
            ((string?[])[
                dataset is null ? null : "dataset = @dataset",
                state is null ? null : "state = @state",
                after is null ? null : "(dataset, edition) > (@afterDataset, @afterEdition)",
                "TRUE",
            ]).OfType<string>());
        await using DbConnection connection = await database.OpenAsync(stop);
        IEnumerable<Row> rows = await connection.QueryAsync<Row>(
            $"SELECT {Columns} FROM editions WHERE {where} ORDER BY dataset, edition LIMIT @limit",
            new { dataset, state = state is { } one ? Text(one) : null, afterDataset = after?.Dataset, afterEdition = after?.Edition, limit });
        return [.. rows.Select(row => row.ToEdition())];
    }

    /// <summary>Within a transaction: takes the edition's lock and returns where it stands; where there is no row, one in state <paramref name="unknown"/> is made.</summary>
    internal async Task<EditionState> LockAsync(DbTransaction transaction, string dataset, string edition, EditionState unknown) => Enum.Parse<EditionState>(
        await transaction.Connection!.QuerySingleAsync<string>(
            """
            INSERT INTO editions (dataset, edition, state, findings, updated_at) VALUES (@dataset, @edition, @state, '[]', @now)
            ON CONFLICT (dataset, edition) DO UPDATE SET updated_at = editions.updated_at
            RETURNING state
            """,
            new { dataset, edition, state = Text(unknown), now = time.GetUtcNow() },
            transaction),
        ignoreCase: true);

    /// <summary>Within a transaction: where the edition stands from now on.</summary>
    internal Task SetAsync(DbTransaction transaction, string dataset, string edition, EditionState state, Words? why, IReadOnlyList<Finding> findings, Package? package) =>
        transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO editions (dataset, edition, state, reason, findings, package, updated_at) VALUES (@dataset, @edition, @state, @reason, @findings, @package, @now)
            ON CONFLICT (dataset, edition) DO UPDATE SET state = @state, reason = @reason, findings = @findings, package = @package, updated_at = @now, wait_until = NULL, wait_reason = NULL,
                rebuild_from = CASE WHEN @state = 'failed' THEN editions.rebuild_from END -- what failed is still to be done
            """,
            new
            {
                dataset,
                edition,
                state = Text(state),
                reason = why?.Stored,
                findings = JsonSerializer.Serialize(findings, ReleasesJson.Default.IReadOnlyListFinding),
                package = package is null ? null : JsonSerializer.Serialize(package, ReleasesJson.Default.Package),
                now = time.GetUtcNow(),
            },
            transaction);

    private const string Columns = "dataset, edition, state, reason, findings, ready_at, updated_at, wait_until, wait_reason";

    private static string Text(EditionState state) => state switch
    {
        EditionState.Running => "running",
        EditionState.Held => "held",
        EditionState.Published => "published",
        EditionState.Failed => "failed",
        EditionState.Rejected => "rejected",
        _ => "withdrawn",
    };

    private sealed record CountRow
    {
        public EditionState State { get; init; }

        public int Editions { get; init; }
    }

    private sealed record Row
    {
        public string Dataset { get; init; } = "";

        public string Edition { get; init; } = "";

        public EditionState State { get; init; }

        public string? Reason { get; init; }

        public string Findings { get; init; } = "";

        public DateTimeOffset? ReadyAt { get; init; }

        public DateTimeOffset UpdatedAt { get; init; }

        public DateOnly? WaitUntil { get; init; }

        public string? WaitReason { get; init; }

        public Edition ToEdition() => new()
        {
            Dataset = Dataset,
            Id = Edition,
            State = State,
            Why = Words.Read(Reason),
            Findings = JsonSerializer.Deserialize(Findings, ReleasesJson.Default.IReadOnlyListFinding) ?? [],
            ReadyAt = ReadyAt,
            UpdatedAt = UpdatedAt,
            WaitUntil = WaitUntil,
            WaitReason = WaitReason,
        };
    }
}
