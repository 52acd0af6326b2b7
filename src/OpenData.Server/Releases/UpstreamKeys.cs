using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>Public keys of other servers whose releases are republished here with their signatures. They are listed beside this server's own.</summary>
public sealed class UpstreamKeys(SqlDatabase database)
{
    /// <summary>All of them, or those of one server, the newest first.</summary>
    public async Task<IReadOnlyList<ListedSigningKey>> ListAsync(string? place, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        IEnumerable<Row> rows = await connection.QueryAsync<Row>(
            $"SELECT id, public_key, valid_from, valid_until FROM upstream_keys {(place is null ? "" : "WHERE place = @place ")}ORDER BY valid_from DESC, id", new { place });
        return [.. rows.Select(row => new ListedSigningKey(Sha256Digest.Parse(row.Id), row.PublicKey, row.ValidFrom, row.ValidUntil, null, null))];
    }

    /// <summary>Remembers keys that are trusted.</summary>
    public Task RememberAsync(string place, IEnumerable<ListedSigningKey> keys, CancellationToken stop) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO upstream_keys (id, place, public_key, valid_from, valid_until) VALUES (@Id, @place, @PublicKey, @ValidFrom, @ValidUntil)
            ON CONFLICT (id) DO UPDATE SET valid_until = @ValidUntil
            """,
            keys.Select(key => new { Id = key.Id.ToString(), place, key.PublicKey, key.ValidFrom, key.ValidUntil }),
            transaction),
        stop);

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public string PublicKey { get; init; } = "";

        public DateTimeOffset ValidFrom { get; init; }

        public DateTimeOffset? ValidUntil { get; init; }
    }
}
