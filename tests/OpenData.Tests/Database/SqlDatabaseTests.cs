using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Tests.Support;

namespace OpenData.Tests.Database;

public sealed class SqlDatabaseTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Every_kind_of_value_comes_back_as_it_was_stored(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);
        await using DbConnection connection = await db.Sql.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(db.Sql.Translate(
            "CREATE TABLE kinds (id TEXT PRIMARY KEY, at BIGINT, day TEXT, digest BYTEA, small BIGINT NOT NULL, big BIGINT NOT NULL, yes BOOLEAN NOT NULL, share DOUBLE PRECISION NOT NULL)"));
        Kinds full = new()
        {
            Id = "专利/ü",
            At = new DateTimeOffset(2026, 2, 28, 23, 59, 59, TimeSpan.FromHours(8)).AddTicks(1234560),
            Day = new DateOnly(1985, 9, 10),
            Digest = Sha256Digest.Of("a"u8),
            Small = 7,
            Big = long.MaxValue,
            Yes = true,
            Share = 0.1,
        };
        Kinds empty = new() { Id = "empty", Big = long.MinValue };
        const string Insert = "INSERT INTO kinds (id, at, day, digest, small, big, yes, share) VALUES (@Id, @At, @Day, @Digest, @Small, @Big, @Yes, @Share)";
        await connection.ExecuteAsync(Insert, full);
        await connection.ExecuteAsync(Insert, empty);

        const string Select = "SELECT id, at, day, digest, small, big, yes, share FROM kinds WHERE id = @id";
        (await connection.QuerySingleAsync<Kinds>(Select, new { id = full.Id })).ShouldBe(full);
        (await connection.QuerySingleAsync<Kinds>(Select, new { id = "empty" })).ShouldBe(empty);
        (await connection.QuerySingleAsync<string>("SELECT id FROM kinds WHERE digest = @Digest AND at = @At AND day = @Day AND yes = TRUE", full)).ShouldBe(full.Id);
        (await connection.QuerySingleAsync<DateTimeOffset>("SELECT at FROM kinds WHERE yes = TRUE")).ShouldBe(full.At!.Value);
        (await connection.QuerySingleAsync<Sha256Digest>("SELECT digest FROM kinds WHERE yes = TRUE")).ShouldBe(full.Digest!.Value);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Text_is_ordered_by_code_point_and_times_by_time(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);
        await using DbConnection connection = await db.Sql.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(db.Sql.Translate("CREATE TABLE words (word TEXT PRIMARY KEY, at BIGINT NOT NULL)"));
        string[] words = ["a", "B", "_", "2024-01", "202401", "专利", "ä", "Z"];
        for (int i = 0; i < words.Length; i++)
        {
            await connection.ExecuteAsync(
                "INSERT INTO words (word, at) VALUES (@word, @at)", new { word = words[i], at = DateTimeOffset.UnixEpoch.AddMicroseconds(4 - i) });
        }

        (await connection.QueryAsync<string>("SELECT word FROM words ORDER BY word")).ShouldBe(words.Order(StringComparer.Ordinal));
        (await connection.QueryAsync<string>("SELECT word FROM words WHERE word > @after ORDER BY word", new { after = "_" })).ShouldBe(["a", "ä", "专利"]);
        (await connection.QueryAsync<string>("SELECT word FROM words ORDER BY at")).ShouldBe(words.Reverse());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_second_row_with_the_same_key_is_told_from_other_errors(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);
        await using DbConnection connection = await db.Sql.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(db.Sql.Translate("CREATE TABLE ids (id TEXT PRIMARY KEY, n BIGINT UNIQUE CHECK (n > 0))"));
        await connection.ExecuteAsync("INSERT INTO ids VALUES ('a', 1)");

        db.Sql.IsDuplicate(await Should.ThrowAsync<DbException>(connection.ExecuteAsync("INSERT INTO ids VALUES ('a', 2)"))).ShouldBeTrue();
        db.Sql.IsDuplicate(await Should.ThrowAsync<DbException>(connection.ExecuteAsync("INSERT INTO ids VALUES ('b', 1)"))).ShouldBeTrue();
        db.Sql.IsDuplicate(await Should.ThrowAsync<DbException>(connection.ExecuteAsync("INSERT INTO ids VALUES ('b', 0)"))).ShouldBeFalse();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Many_writers_at_once_all_get_their_turn_and_count_right(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);
        await using DbConnection connection = await db.Sql.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(db.Sql.Translate("CREATE TABLE counter (n BIGINT NOT NULL)"));
        await connection.ExecuteAsync("INSERT INTO counter VALUES (0)");

        long[] got = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => db.Sql.WriteAsync(
            transaction => transaction.Connection!.QuerySingleAsync<long>("UPDATE counter SET n = n + 1 RETURNING n", transaction: transaction),
            CancellationToken.None)));

        got.Order().ShouldBe(Enumerable.Range(1, 40).Select(n => (long)n));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_transaction_whose_work_fails_leaves_nothing(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);
        await using DbConnection connection = await db.Sql.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(db.Sql.Translate("CREATE TABLE ids (id TEXT PRIMARY KEY)"));

        await Should.ThrowAsync<InvalidOperationException>(db.Sql.WriteAsync(
            async transaction =>
            {
                await transaction.Connection!.ExecuteAsync("INSERT INTO ids VALUES ('a')", transaction: transaction);
                throw new InvalidOperationException();
            },
            CancellationToken.None));

        (await connection.QuerySingleAsync<long>("SELECT count(*) FROM ids")).ShouldBe(0);
    }

    [Fact]
    public async Task Sqlite_flushes_every_commit_and_keeps_its_file_private()
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using DbConnection connection = await db.Sql.OpenAsync(CancellationToken.None);

        (await connection.QuerySingleAsync<string>("PRAGMA journal_mode")).ShouldBe("wal");
        (await connection.QuerySingleAsync<long>("PRAGMA synchronous")).ShouldBe(2);
        (await connection.QuerySingleAsync<long>("PRAGMA foreign_keys")).ShouldBe(1);
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(db.Sql.Place)!))
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }
    }

    private sealed record Kinds
    {
        public string Id { get; init; } = "";

        public DateTimeOffset? At { get; init; }

        public DateOnly? Day { get; init; }

        public Sha256Digest? Digest { get; init; }

        public int Small { get; init; }

        public long Big { get; init; }

        public bool Yes { get; init; }

        public double Share { get; init; }
    }
}
