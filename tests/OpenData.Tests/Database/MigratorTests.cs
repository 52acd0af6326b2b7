using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Server.Database;
using OpenData.Tests.Support;

namespace OpenData.Tests.Database;

public sealed class MigratorTests
{
    private static readonly Migration First = new(1, "first", "CREATE TABLE one (id TEXT PRIMARY KEY, content BYTEA);\nINSERT INTO one (id) VALUES ('a');");
    private static readonly Migration Second = new(2, "second", "ALTER TABLE one ADD COLUMN at BIGINT;");
    private static readonly Migration Third = new(3, "third", "CREATE TABLE three (id TEXT);");

    [Theory, OnSqlite, OnPostgres]
    public async Task The_programs_own_migrations_run_once(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);

        (await On(db).MigrateAsync(CancellationToken.None)).ShouldBe(Migration.OfThisProgram);
        (await On(db).MigrateAsync(CancellationToken.None)).ShouldBeEmpty();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Nodes_that_start_at_once_migrate_once(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);

        IReadOnlyList<Migration>[] ran = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await using SqlDatabase node = db.OpenAnother();
            return await new Migrator(node, TimeProvider.System, NullLogger<Migrator>.Instance).MigrateAsync([First, Second, Third], CancellationToken.None);
        })));

        ran.SelectMany(each => each).OrderBy(migration => migration.Number).ShouldBe([First, Second, Third]);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_migration_that_fails_leaves_the_ones_before_it_and_nothing_of_itself(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);
        Migration broken = new(2, "broken", "CREATE TABLE two (id TEXT);\nINSERT INTO nowhere VALUES (1);");

        await Should.ThrowAsync<DbException>(On(db).MigrateAsync([First, broken], CancellationToken.None));

        (await On(db).MigrateAsync([First, new Migration(2, "mended", "CREATE TABLE two (id TEXT);")], CancellationToken.None))
            .ShouldHaveSingleItem().Name.ShouldBe("mended");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_migration_that_was_changed_after_it_ran_stops_the_start(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);
        await On(db).MigrateAsync([First], CancellationToken.None);

        string why = await FaultAsync(db, First with { Sql = First.Sql + " " }, Second);

        why.ShouldContain("migration 0001_first was changed after it ran here");
        await using DbConnection connection = await db.Sql.OpenAsync(CancellationToken.None);
        (await connection.QuerySingleAsync<long>("SELECT count(*) FROM schema_migrations")).ShouldBe(1);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_database_newer_than_the_program_stops_the_start(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);
        await On(db).MigrateAsync([First, Second], CancellationToken.None);

        (await FaultAsync(db, First)).ShouldContain("the database is newer: it has migration 0002_second, the newest of this program is 0001_first. Run the newer program.");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_migration_that_was_left_out_stops_the_start(DatabaseKind kind)
    {
        await using TestDatabase db = await TestDatabase.CreateAsync(kind, migrate: false);
        await On(db).MigrateAsync([First, Third], CancellationToken.None);

        (await FaultAsync(db, First, Second, Third)).ShouldContain("there is a gap: migration 0002_second never ran although later ones did");
    }

    [Fact]
    public void Line_ends_do_not_change_a_checksum() =>
        new Migration(1, "a", "SELECT 1;\r\nSELECT 2;\r\n").Checksum.ShouldBe(new Migration(1, "a", "SELECT 1;\nSELECT 2;\n").Checksum);

    private static Migrator On(TestDatabase db) => new(db.Sql, TimeProvider.System, NullLogger<Migrator>.Instance);

    private static async Task<string> FaultAsync(TestDatabase db, params Migration[] program) =>
        (await Should.ThrowAsync<SchemaMismatchException>(On(db).MigrateAsync(program, CancellationToken.None))).Message;
}
