using System.Data.Common;
using Dapper;

namespace OpenData.Server.Releases;

/// <summary>Keeps <c>dataset_heads</c>: the newest release of each dataset and how many editions it has, so that nobody has to count.</summary>
internal static class DatasetHeads
{
    /// <summary>Within a transaction, after releases changed.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="dataset">Of which dataset.</param>
    /// <param name="editions">How many more (or fewer) editions have a current release now.</param>
    public static Task MoveAsync(DbTransaction transaction, string dataset, int editions) => transaction.Connection!.ExecuteAsync(
        """
        INSERT INTO dataset_heads (dataset, editions) VALUES (@dataset, 0) ON CONFLICT (dataset) DO NOTHING;
        UPDATE dataset_heads SET
            editions = editions + @editions,
            edition = (SELECT edition FROM releases WHERE dataset = @dataset AND state = 'published' AND archived_at IS NULL ORDER BY date DESC, edition DESC, revision DESC LIMIT 1),
            revision = (SELECT revision FROM releases WHERE dataset = @dataset AND state = 'published' AND archived_at IS NULL ORDER BY date DESC, edition DESC, revision DESC LIMIT 1)
        WHERE dataset = @dataset
        """,
        new { dataset, editions },
        transaction);
}
