using System.Data.Common;
using System.Globalization;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Accounts;

// Proofs that accounts add to what they told.
public sealed partial class AccountStore
{
    private const string ProofColumns = "SELECT p.id, p.account_id, p.name, p.type, p.size, p.sha256, p.uploaded_at FROM account_proofs AS p ";

    /// <summary>Adds a proof to an account.</summary>
    /// <param name="accountId">Whose.</param>
    /// <param name="sentName">What its sender calls it; kept as <see cref="ProofName"/> makes it.</param>
    /// <param name="content">Its bytes, which say what it is (<see cref="ProofTypes"/>).</param>
    /// <param name="actor">Who adds it.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<AccountResult<Proof>> AddProofAsync(string accountId, string? sentName, byte[] content, string actor, CancellationToken stop)
    {
        if (content.Length > Proof.LongestContent || ProofTypes.Of(content) is not { } type)
        {
            return new AccountFault(AccountFaultKind.Invalid, string.Create(CultureInfo.InvariantCulture, $"A proof is a PDF, PNG or JPEG of up to {Proof.LongestContent} bytes."));
        }
        DateTimeOffset now = SqlTime.Truncate(time.GetUtcNow());
        Proof proof = new()
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            AccountId = accountId,
            Name = ProofName.Of(sentName, type),
            Type = type,
            Size = content.Length,
            Sha256 = Sha256Digest.Of(content),
            UploadedAt = now,
        };
        return await database.WriteAsync<AccountResult<Proof>>(
            async transaction =>
            {
                long version = await RaiseVersionAsync(transaction); // one after the other: two at a time cannot both be the last that fits
                DbConnection connection = transaction.Connection!;
                if (await connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM accounts WHERE id = @accountId", new { accountId }, transaction) == 0)
                {
                    return UnknownAccount(accountId);
                }
                if (await connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM account_proofs WHERE account_id = @accountId", new { accountId }, transaction) >= Proof.PerAccount)
                {
                    return new AccountFault(AccountFaultKind.Taken, string.Create(CultureInfo.InvariantCulture, $"An account has up to {Proof.PerAccount} proofs."));
                }
                await connection.ExecuteAsync(
                    """
                    INSERT INTO account_proofs (id, account_id, name, type, size, sha256, uploaded_at) VALUES (@Id, @AccountId, @Name, @Type, @Size, @Sha256, @UploadedAt);
                    INSERT INTO account_proof_contents (proof_id, content) VALUES (@Id, @content);
                    """,
                    new { proof.Id, proof.AccountId, proof.Name, Type = type.ToString().ToLowerInvariant(), proof.Size, proof.Sha256, proof.UploadedAt, content },
                    transaction);
                await AuditAsync(transaction, version, actor, "proof.add", accountId, null, null, Told(proof));
                return proof;
            },
            stop);
    }

    /// <summary>Removes a proof of an account that still waits; of one that was let in they stay, as what it was let in by.</summary>
    public Task<AccountResult<Account>> RemoveProofAsync(string accountId, string proofId, string actor, CancellationToken stop) =>
        database.WriteAsync<AccountResult<Account>>(
            async transaction =>
            {
                long version = await RaiseVersionAsync(transaction);
                DbConnection connection = transaction.Connection!;
                if (await FindAsync(connection, accountId, transaction) is not { Account: { State: AccountState.Pending } account }
                    || await connection.QuerySingleOrDefaultAsync<Proof>(ProofColumns + "WHERE p.id = @proofId AND p.account_id = @Id", new { proofId, account.Id }, transaction) is not { } proof)
                {
                    return new AccountFault(AccountFaultKind.NotFound, "There is no such proof that may be removed.");
                }
                await connection.ExecuteAsync(
                    "DELETE FROM account_proof_contents WHERE proof_id = @Id; DELETE FROM account_proofs WHERE id = @Id;", new { proof.Id }, transaction);
                await AuditAsync(transaction, version, actor, "proof.remove", account.Id, null, Told(proof), null);
                return account;
            },
            stop);

    /// <summary>An account's proofs, the oldest first.</summary>
    public async Task<IReadOnlyList<Proof>> ProofsAsync(string accountId, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return [.. await connection.QueryAsync<Proof>(ProofColumns + "WHERE p.account_id = @accountId ORDER BY p.uploaded_at, p.id", new { accountId })];
    }

    /// <summary>The proofs of the first who wait for an answer (<see cref="WaitingAsync"/>), by account.</summary>
    public async Task<ILookup<string, Proof>> ProofsOfWaitingAsync(int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return (await connection.QueryAsync<Proof>($"{ProofColumns} WHERE p.account_id IN ({WaitingIds}) ORDER BY p.uploaded_at, p.id", new { limit }))
            .ToLookup(proof => proof.AccountId, StringComparer.Ordinal);
    }

    /// <summary>The bytes of a proof of an account, with what it is; null where the account has no such proof. Who gives them to somebody writes so into the trail.</summary>
    public async Task<(Proof Proof, byte[] Content)?> ReadProofAsync(string accountId, string proofId, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        Proof? proof = await connection.QuerySingleOrDefaultAsync<Proof>(ProofColumns + "WHERE p.id = @proofId AND p.account_id = @accountId", new { proofId, accountId });
        byte[]? content = proof is null ? null : await connection.QuerySingleOrDefaultAsync<byte[]>("SELECT content FROM account_proof_contents WHERE proof_id = @Id", new { proof.Id });
        return proof is null || content is null ? null : (proof, content);
    }

    private static string Told(Proof proof) => string.Create(CultureInfo.InvariantCulture, $"{proof.Name}, {proof.Type.MediaType()}, {proof.Size} bytes, SHA-256 {proof.Sha256}");
}
