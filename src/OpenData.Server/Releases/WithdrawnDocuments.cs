using System.Data.Common;
using Dapper;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>The documents of each dataset that must never be packaged again, however often they are delivered.</summary>
public sealed class WithdrawnDocuments(SqlDatabase database)
{
    /// <summary>Those of a dataset, or of all, the latest first.</summary>
    public async Task<IReadOnlyList<WithdrawnDocument>> ListAsync(string? dataset, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<WithdrawnDocument>(
            $"SELECT dataset, document, reason, edition, withdrawn_at FROM withdrawn_documents {(dataset is null ? "" : "WHERE dataset = @dataset")} ORDER BY withdrawn_at DESC, dataset, document",
            new { dataset })];
    }

    /// <summary>What a package of the dataset must leave out.</summary>
    public async Task<Packaging.LeftOutDocuments> OfAsync(string dataset, CancellationToken stop) =>
        await ListAsync(dataset, stop) is { Count: > 0 } documents ? new Packaging.LeftOutDocuments([.. documents.Select(one => one.Document)]) : Packaging.LeftOutDocuments.None;

    /// <summary>
    /// Lets a document be packaged again, where it was withdrawn by mistake or the reason is gone. What was withdrawn stays so: the document comes back with the next revision
    /// of an edition that has it, see <c>package</c>.
    /// </summary>
    /// <param name="dataset">The dataset's code.</param>
    /// <param name="document">As it is listed.</param>
    /// <param name="also">What else belongs to the act, in its transaction.</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>The line that is gone, or null where the document was not withdrawn.</returns>
    public Task<WithdrawnDocument?> AllowAsync(string dataset, string document, Func<DbTransaction, Task> also, CancellationToken stop) => database.WriteAsync(
        async transaction =>
        {
            await LockAsync(transaction, dataset);
            WithdrawnDocument? allowed = await transaction.Connection!.QuerySingleOrDefaultAsync<WithdrawnDocument>(
                "DELETE FROM withdrawn_documents WHERE dataset = @dataset AND document = @document RETURNING dataset, document, reason, edition, withdrawn_at",
                new { dataset, document },
                transaction);
            if (allowed is not null)
            {
                await also(transaction);
            }
            return allowed;
        },
        stop);

    /// <summary>
    /// Within a publishing transaction, under the edition's lock: fails where a document was withdrawn since the package was planned, and keeps others from withdrawing one of
    /// this dataset until the transaction ends.
    /// </summary>
    /// <exception cref="WithdrawnMeanwhileException">The package may hold it; package the edition again.</exception>
    internal static async Task CheckAsync(DbTransaction transaction, Packaging.Package package)
    {
        await LockAsync(transaction, package.Release.Dataset);
        long count = await transaction.Connection!.QuerySingleAsync<long>(
            "SELECT count(*) FROM withdrawn_documents WHERE dataset = @Dataset", new { package.Release.Dataset }, transaction);
        if (count != package.LeftOut)
        {
            throw new WithdrawnMeanwhileException(package.Release);
        }
    }

    /// <summary>Within a transaction: whoever publishes or withdraws in this dataset comes one after the other from here to the commit.</summary>
    internal static Task LockAsync(DbTransaction transaction, string dataset) => transaction.Connection!.ExecuteAsync(
        "INSERT INTO dataset_heads (dataset, editions) VALUES (@dataset, 0) ON CONFLICT (dataset) DO UPDATE SET editions = dataset_heads.editions",
        new { dataset },
        transaction);

    /// <summary>Within a transaction: remembers one; nothing happens where it is remembered already.</summary>
    internal static Task AddAsync(DbTransaction transaction, WithdrawnDocument document) => transaction.Connection!.ExecuteAsync(
        """
        INSERT INTO withdrawn_documents (dataset, document, reason, edition, withdrawn_at) VALUES (@Dataset, @Document, @Reason, @Edition, @WithdrawnAt)
        ON CONFLICT (dataset, document) DO NOTHING
        """,
        new { document.Dataset, document.Document, document.Reason, document.Edition, document.WithdrawnAt },
        transaction);
}

/// <summary>A document that is never packaged again.</summary>
public sealed record WithdrawnDocument
{
    /// <summary>The dataset's code.</summary>
    public required string Dataset { get; init; }

    /// <summary>Its publication number, or the name of an entry.</summary>
    public required string Document { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>The edition from which it was withdrawn.</summary>
    public required string Edition { get; init; }

    /// <summary>When, in UTC.</summary>
    public required DateTimeOffset WithdrawnAt { get; init; }
}

/// <summary>A document of the dataset was withdrawn after the package was planned. Nothing was published.</summary>
/// <param name="release">What was to be published.</param>
public sealed class WithdrawnMeanwhileException(Format.ReleaseId release)
    : InvalidOperationException($"{release} was packaged before a document of its dataset was withdrawn. Package the edition again: opendata-server package {release.Dataset} {release.Edition}");
