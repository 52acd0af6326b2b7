using System.Buffers.Text;
using System.Data.Common;
using System.Net;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Accounts;

/// <summary>
/// Sessions of people on the site, in the database, so that every node knows them and each can be ended. A browser holds 256 random bits; only
/// their SHA-256 is kept.
/// </summary>
public sealed class Sessions(SqlDatabase database, IOptions<AccountsOptions> options, TimeProvider time)
{
    private const int SecretBytes = 32;

    /// <summary>Begins a session; sessions that are over are removed on the way.</summary>
    /// <returns>What the browser shall keep.</returns>
    public async Task<string> BeginAsync(string accountId, IPAddress address, CancellationToken stop)
    {
        byte[] secret = RandomNumberGenerator.GetBytes(SecretBytes);
        DateTimeOffset now = time.GetUtcNow();
        await database.WriteAsync(
            transaction => transaction.Connection!.ExecuteAsync(
                """
                DELETE FROM account_sessions WHERE account_id = @accountId AND expires_at <= @now;
                INSERT INTO account_sessions (id, account_id, created_at, expires_at, address) VALUES (@id, @accountId, @now, @expires, @address);
                """,
                new { id = Sha256Digest.Of(secret), accountId, now, expires = now + options.Value.SessionLife, address = address.ToString() },
                transaction),
            stop);
        return Base64Url.EncodeToString(secret);
    }

    /// <summary>Whose session it is; null where it is none, or over.</summary>
    public async Task<string?> AccountOfAsync(string? kept, CancellationToken stop)
    {
        if (IdOf(kept) is not { } id)
        {
            return null;
        }
        await using DbConnection connection = await database.OpenAsync(stop);
        return await connection.QuerySingleOrDefaultAsync<string>("SELECT account_id FROM account_sessions WHERE id = @id AND expires_at > @now", new { id, now = time.GetUtcNow() });
    }

    /// <summary>Ends a session; one that is none is no fault.</summary>
    public async Task EndAsync(string? kept, CancellationToken stop)
    {
        if (IdOf(kept) is { } id)
        {
            await database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync("DELETE FROM account_sessions WHERE id = @id", new { id }, transaction), stop);
        }
    }

    private static Sha256Digest? IdOf(string? kept)
    {
        Span<byte> secret = stackalloc byte[SecretBytes];
        return kept?.Length == Base64Url.GetEncodedLength(SecretBytes) && Base64Url.TryDecodeFromChars(kept, secret, out int length) && length == SecretBytes
            ? Sha256Digest.Of(secret)
            : null;
    }
}
