using System.Data.Common;
using System.Globalization;
using Dapper;
using Microsoft.Extensions.Options;
using OpenData.Server.Database;

namespace OpenData.Server.Releases;

/// <summary>Finds the key that signs: the file of the settings, or the newest in the database, where the first node to ask makes one for all.</summary>
public sealed class SigningKeys(SqlDatabase database, IOptions<ReleasesOptions> options, TimeProvider time)
{
    private SigningKey? _current;

    /// <summary>The key that signs now. Read once for each process.</summary>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached.</exception>
    public async ValueTask<SigningKey> CurrentAsync(CancellationToken stop) => _current ??= options.Value.SigningKeyFile is { } file
        ? SigningKey.FromPem(await File.ReadAllTextAsync(file, stop))
        : await FromDatabaseAsync(stop);

    private Task<SigningKey> FromDatabaseAsync(CancellationToken stop) => database.WriteAsync(
        async transaction =>
        {
            DbConnection connection = transaction.Connection!;
            // Whoever comes first makes the key; the others wait here and find it.
            await connection.ExecuteAsync("UPDATE feed_head SET serial = serial WHERE id = 1", transaction: transaction);
            if (await connection.QueryFirstOrDefaultAsync<string>("SELECT private_key FROM signing_keys ORDER BY created_at DESC, id LIMIT 1", transaction: transaction) is { } pem)
            {
                return SigningKey.FromPem(pem);
            }
            SigningKey made = SigningKey.Create();
            await connection.ExecuteAsync(
                "INSERT INTO signing_keys (id, private_key, created_at) VALUES (@Id, @PrivatePem, @Now)",
                new { Id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N", CultureInfo.InvariantCulture), made.PrivatePem, Now = time.GetUtcNow() },
                transaction);
            return made;
        },
        stop);
}
