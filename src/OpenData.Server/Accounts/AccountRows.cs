using System.Collections.Frozen;
using System.Data.Common;
using Dapper;

namespace OpenData.Server.Accounts;

/// <summary>Reads accounts out of the database, each with its terms and grants.</summary>
internal static class AccountRows
{
    /// <param name="connection">An open connection.</param>
    /// <param name="where">A constant condition on <c>accounts AS a</c>.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="transaction">The transaction, if any.</param>
    public static async Task<List<AccountEntry>> ReadAsync(DbConnection connection, string where, object parameters, DbTransaction? transaction = null)
    {
        AccountRow[] rows = [.. await connection.QueryAsync<AccountRow>(
            $"""
            SELECT a.id, a.name, a.organization, a.tier, a.state, a.roles, a.link_secret AS LinkSecret, a.created_at AS CreatedAt
            FROM accounts AS a WHERE {where} ORDER BY a.name
            """,
            parameters,
            transaction)];
        if (rows.Length == 0)
        {
            return [];
        }
        ILookup<string, TermsRow> terms = (await connection.QueryAsync<TermsRow>(
            $"""
            SELECT t.account_id AS AccountId, t.terms, max(t.version) AS Version
            FROM account_terms AS t JOIN accounts AS a ON a.id = t.account_id WHERE {where} GROUP BY t.account_id, t.terms
            """,
            parameters,
            transaction)).ToLookup(row => row.AccountId, StringComparer.Ordinal);
        ILookup<string, GrantRow> grants = (await connection.QueryAsync<GrantRow>(
            $"SELECT g.account_id AS AccountId, g.dataset FROM account_grants AS g JOIN accounts AS a ON a.id = g.account_id WHERE {where}",
            parameters,
            transaction)).ToLookup(row => row.AccountId, StringComparer.Ordinal);
        return [.. rows.Select(row => new AccountEntry(
            new Account
            {
                Id = row.Id,
                Name = row.Name,
                Organization = row.Organization,
                Tier = row.Tier,
                State = Enum.Parse<AccountState>(row.State, ignoreCase: true),
                Roles = row.Roles.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal),
                CreatedAt = row.CreatedAt,
                AcceptedTerms = terms[row.Id].ToFrozenDictionary(term => term.Terms, term => term.Version, StringComparer.Ordinal),
                GrantedDatasets = grants[row.Id].Select(grant => grant.Dataset).ToFrozenSet(StringComparer.Ordinal),
            },
            row.LinkSecret))];
    }

    /// <param name="connection">An open connection.</param>
    /// <param name="where">A constant condition on <c>account_keys AS k JOIN accounts AS a</c>.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="transaction">The transaction, if any.</param>
    public static async Task<List<StoredKey>> ReadKeysAsync(DbConnection connection, string where, object parameters, DbTransaction? transaction = null) =>
        [.. await connection.QueryAsync<StoredKey>(
            $"""
            SELECT k.id, k.account_id AS AccountId, k.name, k.secret_hash AS SecretHash, k.created_at AS CreatedAt,
                   k.expires_at AS ExpiresAt, k.revoked_at AS RevokedAt, k.last_used_at AS LastUsedAt, k.scope
            FROM account_keys AS k JOIN accounts AS a ON a.id = k.account_id WHERE {where} ORDER BY k.created_at, k.id
            """,
            parameters,
            transaction)];

    private sealed record AccountRow
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string? Organization { get; init; }

        public string Tier { get; init; } = "";

        public string State { get; init; } = "";

        public string Roles { get; init; } = "";

        public byte[] LinkSecret { get; init; } = [];

        public DateTimeOffset CreatedAt { get; init; }
    }

    private sealed record TermsRow
    {
        public string AccountId { get; init; } = "";

        public string Terms { get; init; } = "";

        public int Version { get; init; }
    }

    private sealed record GrantRow
    {
        public string AccountId { get; init; } = "";

        public string Dataset { get; init; } = "";
    }
}
