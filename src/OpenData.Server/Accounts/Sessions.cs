using System.Buffers.Text;
using System.Data.Common;
using System.Net;
using Dapper;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Accounts;

/// <summary>
/// Sessions of people on the site, in the database, so that every node knows them and each can be ended. A browser holds 256 random bits; only
/// their SHA-256 is kept. What is over stays listed for 90 days, so that somebody can see where an account was used from.
/// </summary>
public sealed class Sessions(SqlDatabase database, IOptions<AccountsOptions> options, TimeProvider time)
{
    private static readonly TimeSpan s_listed = TimeSpan.FromDays(90);

    /// <summary>Begins a session; those that were over long ago are removed on the way.</summary>
    /// <returns>What the browser shall keep.</returns>
    public async Task<string> BeginAsync(string accountId, IPAddress address, CancellationToken stop)
    {
        byte[] secret = UrlSecret.Make();
        DateTimeOffset now = time.GetUtcNow();
        await database.WriteAsync(
            transaction => transaction.Connection!.ExecuteAsync(
                """
                DELETE FROM account_sessions WHERE account_id = @accountId AND expires_at <= @old;
                INSERT INTO account_sessions (id, account_id, created_at, expires_at, address) VALUES (@id, @accountId, @now, @expires, @address);
                """,
                new { id = Sha256Digest.Of(secret), accountId, now, old = now - s_listed, expires = now + options.Value.SessionLife, address = address.ToString() },
                transaction),
            stop);
        return Base64Url.EncodeToString(secret);
    }

    /// <summary>A session that is in force; null where it is none, or over.</summary>
    public async Task<Session?> FindAsync(string? kept, CancellationToken stop)
    {
        if (UrlSecret.IdOf(kept) is not { } id)
        {
            return null;
        }
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<Session>(
            Columns + "WHERE id = @id AND expires_at > @now AND ended_at IS NULL", new { id, now = time.GetUtcNow() });
    }

    /// <summary>Notes that whoever has this session entered the password again just now.</summary>
    public async Task ConfirmAsync(string? kept, CancellationToken stop)
    {
        if (UrlSecret.IdOf(kept) is { } id)
        {
            await database.WriteAsync(
                transaction => transaction.Connection!.ExecuteAsync("UPDATE account_sessions SET confirmed_at = @now WHERE id = @id", new { id, now = time.GetUtcNow() }, transaction), stop);
        }
    }

    /// <summary>Ends a session; one that is none is no fault.</summary>
    public async Task EndAsync(string? kept, CancellationToken stop)
    {
        if (UrlSecret.IdOf(kept) is { } id)
        {
            await database.WriteAsync(
                transaction => transaction.Connection!.ExecuteAsync(
                    "UPDATE account_sessions SET ended_at = @now WHERE id = @id AND ended_at IS NULL", new { id, now = time.GetUtcNow() }, transaction),
                stop);
        }
    }

    /// <summary>The newest sign-ins of an account, the newest first, those that are over too.</summary>
    public async Task<IReadOnlyList<Session>> ListAsync(string accountId, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<Session>(Columns + "WHERE account_id = @accountId ORDER BY created_at DESC LIMIT @limit", new { accountId, limit })];
    }

    private const string Columns =
        """
        SELECT account_id AS AccountId, created_at AS CreatedAt, expires_at AS ExpiresAt, ended_at AS EndedAt, confirmed_at AS ConfirmedAt, address
        FROM account_sessions

        """;
}

/// <summary>One sign-in to the site.</summary>
public sealed record Session
{
    /// <summary>Whose it is.</summary>
    public required string AccountId { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The first moment at which it is over by itself.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was ended before that, or null.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When the password was last entered again in it, or null.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>Where it began from.</summary>
    public required string Address { get; init; }

    /// <summary>Whether it counts at a moment.</summary>
    public bool IsInForce(DateTimeOffset now) => EndedAt is null && ExpiresAt > now;
}
