using System.Data.Common;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Database;
using OpenData.Server.Gateway;
using OpenData.Server.Statistics;
using OpenData.Tests.Accounts;
using OpenData.Tests.Faults;
using OpenData.Tests.Support;

namespace OpenData.Tests.Statistics;

/// <summary>The journal becomes sums: each download once, whatever happens.</summary>
public sealed class StatisticsRollupTests
{
    private const string Dataset = "CN-PA-OPEN-10-A";
    private static readonly ReleaseId Release = new(Dataset, "20260102", 1);
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private static long s_records;

    [Theory, OnSqlite, OnPostgres]
    public async Task Pieces_of_one_file_by_one_account_count_once_when_the_whole_was_delivered(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = (await room.Store.RegisterAsync(new Registration("anna", "Org", "A", "a purpose of ten", null, "CN"), "hash", CancellationToken.None)).Value.ShouldNotBeNull();
        Account bert = await room.AccountAsync("bert");
        string archive = Release.ArchiveName(1);
        StatisticsRollup rollup = new(room.Sql);
        StatisticsQueries queries = new(room.Sql);

        // Four pieces at once as aria2 takes them, but for the last.
        await JournalAsync(room.Sql, Part(anna, archive, 0, 249), Part(anna, archive, 500, 749), Part(anna, archive, 250, 499));
        await rollup.RunAsync(CancellationToken.None);
        (await queries.MonthsAsync("2026-01", "2026-12", CancellationToken.None)).Single().ShouldBe(new SumLine { Name = "2026-01", Bytes = 750 });
        (await queries.CompletedAtAsync(anna.Id, Release, CancellationToken.None)).ShouldBeNull();

        // Another's last piece is not anna's; then hers comes, two minutes before midnight and done a minute after it.
        await JournalAsync(room.Sql, Part(bert, archive, 750, 999), Part(anna, archive, 750, 999) with { At = Noon.AddHours(12).AddMinutes(-2), Duration = 180_000_000 });
        await rollup.RunAsync(CancellationToken.None);
        (await queries.DaysAsync(new DateOnly(2026, 1, 1), CancellationToken.None)).ShouldBe(
        [
            new SumLine { Name = "2026-01-02", Bytes = 1000 },
            new SumLine { Name = "2026-01-03", Archives = 1, Bytes = 250 },
        ]);
        (await queries.CompletedAtAsync(anna.Id, Release, CancellationToken.None)).ShouldBe(Noon.AddHours(12).AddMinutes(1));
        (await queries.CompletedAtAsync(bert.Id, Release, CancellationToken.None)).ShouldBeNull();

        // A download that broke off and was resumed; once more in full; a document; the manifest; and anybody's.
        await JournalAsync(
            room.Sql,
            Whole(bert, archive) with { Sent = 400, Outcome = "client-gone" },
            Part(bert, archive, 350, 999),
            Whole(bert, archive),
            Whole(bert, archive + "/a/doc.xml"),
            Whole(bert, "release.json"),
            Whole(null, archive),
            Part(null, archive, 0, 999) with { Sent = 10, Outcome = "idle" });
        await rollup.RunAsync(CancellationToken.None);
        (await queries.CountriesAsync("2026-01", "2026-01", CancellationToken.None)).ShouldBe(
        [
            new SumLine { Name = Country.Untold, Archives = 2, Documents = 1, Bytes = 4300 },
            new SumLine { Name = Country.Nobody, Archives = 1, Bytes = 1010 },
            new SumLine { Name = "CN", Archives = 1, Bytes = 1000 },
        ]);
        (await queries.AccountsAsync("2026-01", "2026-01", 10, CancellationToken.None)).Select(line => $"{line.Name} {line.Country} {line.Archives} {line.Documents} {line.Bytes}").ShouldBe(["bert  2 1 4300", "anna CN 1 0 1000"]);
        (await queries.DatasetsAsync("2026-01", "2026-01", CancellationToken.None)).Single().ShouldBe(new SumLine { Name = Dataset, Archives = 4, Documents = 1, Bytes = 6310 });
        (await queries.DatasetsAsync("2026-02", "2026-09", CancellationToken.None)).ShouldBeEmpty();

        // What is old is forgotten; the sums stay.
        await rollup.ForgetAsync(Noon.AddDays(101), CancellationToken.None);
        (await queries.CompletedAtAsync(anna.Id, Release, CancellationToken.None)).ShouldBeNull();
        (await CountAsync(room.Sql, "download_parts")).ShouldBe(0);
        (await queries.MonthsAsync("2026-01", "2026-01", CancellationToken.None)).Single().Archives.ShouldBe(4);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_rollup_that_dies_anywhere_is_done_by_the_next_and_nothing_counts_twice(DatabaseKind kind)
    {
        foreach (FaultMode mode in Enum.GetValues<FaultMode>())
        {
            for (int at = 1; at <= 6; at++)
            {
                await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
                await JournalAsync(room.Sql, [.. Enumerable.Range(0, 10).Select(i => Part(null, Release.ArchiveName(1), i * 100, (i * 100) + 99))]);
                FaultPlan plan = new(mode, at);
                StatisticsRollup first = new(new FaultyDatabase(room.Sql, plan));
                try
                {
                    while (await first.StepAsync(4, CancellationToken.None) > 0)
                    {
                        // until it dies
                    }
                }
                catch (Exception e) when (e is IOException or ProcessKilledException)
                {
                    plan.Hit.ShouldNotBeNull();
                }
                await new StatisticsRollup(room.Sql).RunAsync(CancellationToken.None);
                (await new StatisticsQueries(room.Sql).MonthsAsync("2026-01", "2026-01", CancellationToken.None)).Single()
                    .ShouldBe(new SumLine { Name = "2026-01", Archives = 1, Bytes = 1000 }, $"{mode} at {at} ({plan.Hit})");
                (await CountAsync(room.Sql, "download_parts")).ShouldBe(0);
                if (kind is DatabaseKind.Postgresql && at > 1)
                {
                    break; // SQLite has gone through all places; here one of each kind is enough
                }
            }
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Nodes_that_sum_up_at_once_while_others_write_count_each_download_once(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Task[] writers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                await JournalAsync(room.Sql, [.. Enumerable.Range(0, 20).Select(_ => Whole(null, Release.ArchiveName(1)))]);
            }
        }))];
        Task writing = Task.WhenAll(writers);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            StatisticsRollup rollup = new(room.Sql);
            do
            {
                await rollup.RunAsync(CancellationToken.None);
            }
            while (!writing.IsCompleted);
        })));
        await writing;
        await new StatisticsRollup(room.Sql).RunAsync(CancellationToken.None);
        (await new StatisticsQueries(room.Sql).MonthsAsync("2026-01", "2026-01", CancellationToken.None)).Single()
            .ShouldBe(new SumLine { Name = "2026-01", Archives = 600, Bytes = 600_000 });
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task The_journal_itself_numbers_its_batches_and_tells_the_size_of_the_whole(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        GatewayMetrics metrics = new(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        for (int i = 0; i < 2; i++)
        {
            using DownloadJournal journal = new(room.Sql, Options.Create(new GatewayOptions()), TimeProvider.System, metrics, NullLogger<DownloadJournal>.Instance);
            journal.Add(Part(null, Release.ArchiveName(1), i * 500, (i * 500) + 499));
            await journal.StartAsync(CancellationToken.None);
            await journal.StopAsync(CancellationToken.None);
        }
        await using (DbConnection connection = await room.Sql.OpenAsync(CancellationToken.None))
        {
            (await connection.QueryAsync<long>("SELECT batch FROM downloads ORDER BY batch")).ShouldBe([1, 2]);
        }
        await new StatisticsRollup(room.Sql).RunAsync(CancellationToken.None);
        (await new StatisticsQueries(room.Sql).MonthsAsync("2026-01", "2026-01", CancellationToken.None)).Single().Archives.ShouldBe(1);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Visits_are_counted_by_day_kind_and_language(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        VisitCounter visits = new(room.Sql, room.Time);
        VisitCounter other = new(room.Sql, room.Time);
        visits.Count("catalog", "zh");
        visits.Count("catalog", "zh");
        other.Count("catalog", "zh");
        other.Count("release", "en");
        await visits.FlushAsync(CancellationToken.None);
        await other.FlushAsync(CancellationToken.None);
        await other.FlushAsync(CancellationToken.None);
        (await new StatisticsQueries(room.Sql).VisitsAsync("2026-01", "2026-01", CancellationToken.None)).Select(line => $"{line.Month} {line.Kind} {line.Language} {line.Visits}")
            .ShouldBe(["2026-01 catalog zh 3", "2026-01 release en 1"]);
        (await new StatisticsQueries(room.Sql).VisitsAsync("2026-02", "2026-03", CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public void A_wrong_setting_is_named() => new StatisticsOptions { Interval = TimeSpan.Zero }.Faults().Single().ShouldStartWith("OpenData:Statistics:Interval");

    private static DownloadRecord Whole(Account? account, string file) => new()
    {
        Id = Guid.CreateVersion7(Noon.AddMilliseconds(Interlocked.Increment(ref s_records))).ToString("N"), // in the order in which they are made
        At = Noon,
        Duration = 1000,
        AccountId = account?.Id,
        Address = "203.0.113.9",
        Release = Release,
        File = file,
        Status = 200,
        Asked = 1000,
        Sent = 1000,
        Whole = 1000,
        Outcome = "complete",
    };

    private static DownloadRecord Part(Account? account, string file, long first, long last) =>
        Whole(account, file) with { Status = 206, Ranges = $"{first}-{last}", Asked = last - first + 1, Sent = last - first + 1 };

    /// <summary>Writes records as the journal does: in one batch.</summary>
    private static Task JournalAsync(SqlDatabase database, params DownloadRecord[] records) => database.WriteAsync(
        async transaction =>
        {
            long batch = await transaction.Connection!.ExecuteScalarAsync<long>("UPDATE journal_head SET batch = batch + 1 WHERE id = 1 RETURNING batch", transaction: transaction);
            await transaction.Connection!.ExecuteAsync(
                $"""
                INSERT INTO downloads (id, at, day, duration, account_id, key_id, address, dataset, edition, revision, file, status, ranges, asked, sent, whole, outcome, batch)
                VALUES (@Id, @At, @Day, @Duration, @AccountId, @KeyId, @Address, @Dataset, @Edition, @Revision, @File, @Status, @Ranges, @Asked, @Sent, @Whole, @Outcome, {batch})
                """,
                records,
                transaction);
        },
        CancellationToken.None);

    private static async Task<long> CountAsync(SqlDatabase database, string table)
    {
        await using DbConnection connection = await database.OpenAsync(CancellationToken.None);
        return await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM {table}");
    }
}
