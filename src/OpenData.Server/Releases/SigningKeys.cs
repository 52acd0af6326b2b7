using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>
/// The keys that sign, those that signed before, and the one that will: the database has the public half of each, and the private one unless it is in the file of
/// the settings. The first node to ask makes the first key for all. Asked each time, so that a rotation reaches every node at its moment.
/// </summary>
public sealed class SigningKeys(SqlDatabase database, IOptions<ReleasesOptions> options, TimeProvider time)
{
    /// <summary>How long a new key is listed before it signs, unless told otherwise: whoever pins the current key has as long to follow.</summary>
    public static TimeSpan DefaultOverlap { get; } = TimeSpan.FromDays(7);

    /// <summary>The key that signs now.</summary>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached.</exception>
    public async ValueTask<SigningKey> CurrentAsync(CancellationToken stop)
    {
        SigningKey? file = await FromFileAsync(stop);
        await using (DbConnection connection = await database.OpenAsync(stop))
        {
            if (Current(await RowsAsync(connection, null), file) is { } current)
            {
                return current;
            }
        }
        return await database.WriteAsync(
            async transaction =>
            {
                await LockAsync(transaction);
                IReadOnlyList<SigningKeyRow> rows = await RowsAsync(transaction.Connection!, transaction);
                if (Current(rows, file) is { } current)
                {
                    return current; // somebody else was faster
                }
                SigningKey key = file ?? SigningKey.Create();
                // A file that takes over from a key of the database is vouched for by it.
                SigningKey? older = file is not null ? Current(rows, null) : null;
                await InsertAsync(transaction, key, isInFile: file is not null, WholeSecond(time.GetUtcNow()), older);
                return key;
            },
            stop);
    }

    /// <summary>All keys with their validity, signed by the current one: what <c>/.well-known/opendata-signing-keys.json</c> says.</summary>
    public async Task<SigningKeyList> ListAsync(CancellationToken stop)
    {
        SigningKey current = await CurrentAsync(stop);
        await using DbConnection connection = await database.OpenAsync(stop);
        IReadOnlyList<SigningKeyRow> rows = await RowsAsync(connection, null);
        // Behind this server's own: those of servers whose releases are here with their signatures. Whoever trusts the list trusts them with it.
        ListedSigningKey[] keys = [.. rows.Select((row, i) => row.ToListed(i == 0 ? null : rows[i - 1].ValidFrom)), .. await new UpstreamKeys(database).ListAsync(null, stop)];
        return new SigningKeyList(current.Id, keys, current.Sign(SigningKeyList.SignedText(current.Id, keys)));
    }

    /// <summary>Lists a new key, vouched for by the current one, that signs once the overlap is over. Older signatures stay good.</summary>
    /// <param name="overlap">How long it is listed before it signs; zero to let it sign at once.</param>
    /// <param name="keyFile">The new key, where keys are in files: give it to every node as <see cref="ReleasesOptions.SigningKeyFile"/> when the overlap is over. Null to make one in the database.</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>The new key's id and when it begins; or what is in the way.</returns>
    public Task<(ListedSigningKey? Key, string? Obstacle)> RotateAsync(TimeSpan overlap, SigningKey? keyFile, CancellationToken stop) => RotateAsync(overlap, keyFile, null, stop);

    /// <inheritdoc cref="RotateAsync(TimeSpan, SigningKey?, CancellationToken)"/>
    /// <param name="overlap">How long it is listed before it signs.</param>
    /// <param name="keyFile">The new key, or null to make one.</param>
    /// <param name="also">What else belongs to the same transaction (the line of the audit trail), or null.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<(ListedSigningKey? Key, string? Obstacle)> RotateAsync(
        TimeSpan overlap, SigningKey? keyFile, Func<DbTransaction, ListedSigningKey, Task>? also, CancellationToken stop)
    {
        if ((keyFile is null) != (options.Value.SigningKeyFile is null))
        {
            return (null, keyFile is null
                ? $"The signing key is in a file ({ReleasesOptions.Section}:SigningKeyFile); give the new one as --key-file, and set it there when the overlap is over."
                : $"The signing keys are in the database; a file takes over when {ReleasesOptions.Section}:SigningKeyFile names it.");
        }
        SigningKey current = await CurrentAsync(stop);
        return await database.WriteAsync<(ListedSigningKey?, string?)>(
            async transaction =>
            {
                await LockAsync(transaction);
                DateTimeOffset now = time.GetUtcNow();
                IReadOnlyList<SigningKeyRow> rows = await RowsAsync(transaction.Connection!, transaction);
                if (rows[0].ValidFrom > now)
                {
                    return (null, FormattableString.Invariant($"The key {rows[0].Id} was announced already and begins at {rows[0].ValidFrom:u}."));
                }
                SigningKey key = keyFile ?? SigningKey.Create();
                if (rows.Any(row => row.Id == key.Id.ToString()))
                {
                    return (null, $"The key {key.Id} is in use, or was: an old key does not come back.");
                }
                ListedSigningKey made = (await InsertAsync(transaction, key, keyFile is not null, WholeSecond(now + overlap), current)).ToListed(null);
                await (also?.Invoke(transaction, made) ?? Task.CompletedTask);
                return (made, null);
            },
            stop);
    }

    /// <summary>The newest key that has begun; with a key file the file's, if it is known already.</summary>
    private SigningKey? Current(IReadOnlyList<SigningKeyRow> rows, SigningKey? file)
    {
        if (file is not null)
        {
            return rows.Any(row => row.Id == file.Id.ToString()) ? file : null;
        }
        SigningKeyRow[] here = [.. rows.Where(row => row.PrivateKey.Length > 0)];
        // A node whose clock is behind has the first key.
        return (here.FirstOrDefault(row => row.ValidFrom <= time.GetUtcNow()) ?? here.LastOrDefault()) is { } newest ? SigningKey.FromPem(newest.PrivateKey) : null;
    }

    private async ValueTask<SigningKey?> FromFileAsync(CancellationToken stop) =>
        options.Value.SigningKeyFile is { } file ? SigningKey.FromPem(await File.ReadAllTextAsync(file, stop)) : null;

    /// <summary>Whoever comes first changes the keys; the others wait here and find it done.</summary>
    private static Task LockAsync(DbTransaction transaction) =>
        transaction.Connection!.ExecuteAsync("UPDATE feed_head SET serial = serial WHERE id = 1", transaction: transaction);

    /// <summary>All keys, the newest first. They begin at whole seconds: of two that begin in the same one the second made is the newer.</summary>
    private static async Task<IReadOnlyList<SigningKeyRow>> RowsAsync(DbConnection connection, DbTransaction? transaction) =>
    [
        .. (await connection.QueryAsync<SigningKeyRow>(
            "SELECT id, private_key, public_key, valid_from, vouched_by, voucher FROM signing_keys ORDER BY valid_from DESC, created_at DESC, id DESC", transaction: transaction))
            .Select(row => row.Whole()),
    ];

    private async Task<SigningKeyRow> InsertAsync(DbTransaction transaction, SigningKey key, bool isInFile, DateTimeOffset validFrom, SigningKey? older)
    {
        SigningKeyRow row = new()
        {
            Id = key.Id.ToString(),
            PrivateKey = isInFile ? "" : key.PrivatePem,
            PublicKey = key.PublicPem,
            ValidFrom = validFrom,
            VouchedBy = older?.Id,
            Voucher = older?.Sign(ListedSigningKey.VoucherText(key.Id, validFrom)),
        };
        await transaction.Connection!.ExecuteAsync(
            """
            INSERT INTO signing_keys (id, private_key, created_at, public_key, valid_from, vouched_by, voucher)
            VALUES (
                @Id, @PrivateKey, (SELECT CASE WHEN MAX(created_at) >= @now THEN MAX(created_at) + 1 ELSE @now END FROM signing_keys),
                @PublicKey, @ValidFrom, @VouchedBy, @Voucher)
            """,
            new { row.Id, row.PrivateKey, now = time.GetUtcNow(), row.PublicKey, row.ValidFrom, row.VouchedBy, row.Voucher },
            transaction);
        return row;
    }

    private static DateTimeOffset WholeSecond(DateTimeOffset moment) => DateTimeOffset.FromUnixTimeSeconds(moment.ToUnixTimeSeconds());

    private sealed record SigningKeyRow
    {
        public string Id { get; init; } = "";

        /// <summary>Empty where it is in a file.</summary>
        public string PrivateKey { get; init; } = "";

        public string PublicKey { get; init; } = "";

        public DateTimeOffset ValidFrom { get; init; }

        public Sha256Digest? VouchedBy { get; init; }

        public byte[]? Voucher { get; init; }

        /// <summary>Keys that are older than rotation were kept under another id and without their public half.</summary>
        public SigningKeyRow Whole() => PublicKey.Length > 0 ? this : SigningKey.FromPem(PrivateKey) is var key
            ? this with { Id = key.Id.ToString(), PublicKey = key.PublicPem, ValidFrom = WholeSecond(ValidFrom) }
            : this;

        public ListedSigningKey ToListed(DateTimeOffset? until) =>
            new(Sha256Digest.TryParse(Id, out Sha256Digest id) ? id : default, PublicKey, ValidFrom, until, VouchedBy, Voucher);
    }
}
