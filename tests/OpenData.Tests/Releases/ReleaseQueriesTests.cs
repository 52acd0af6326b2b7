using System.Data.Common;
using Dapper;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases;

public sealed class ReleaseQueriesTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Pages_of_releases_join_without_gap_or_repetition(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        // Three editions on each day, each with two revisions.
        await FillAsync(house, "CN-TEST", new DateOnly(2024, 1, 1), days: 10, editionsADay: 3);
        await FillAsync(house, "CN-TESS", new DateOnly(2024, 1, 1), days: 3, editionsADay: 1);
        await FillAsync(house, "CN-TESU", new DateOnly(2024, 1, 1), days: 3, editionsADay: 1);

        List<Release> all = [];
        for (ReleaseCursor? after = null; ;)
        {
            IReadOnlyList<Release> page = await house.Node.Queries.PageAsync("CN-TEST", null, null, after, 7, currentOnly: false, CancellationToken.None);
            all.AddRange(page);
            if (page.Count < 7)
            {
                break;
            }
            ReleaseCursor.TryParse(ReleaseCursor.Of(page[^1]).ToString(), out ReleaseCursor next).ShouldBeTrue();
            after = next;
        }

        all.Count.ShouldBe(60);
        all.Select(release => release.Id).Distinct().Count().ShouldBe(60);
        all.ShouldBe(all.OrderByDescending(release => release.Date).ThenByDescending(release => release.Edition, StringComparer.Ordinal).ThenByDescending(release => release.Revision));
        all.ShouldAllBe(release => release.Dataset == "CN-TEST");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Pages_keep_to_days_and_to_current_releases(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        await FillAsync(house, "CN-TEST", new DateOnly(2024, 1, 1), days: 10, editionsADay: 2);

        IReadOnlyList<Release> page = await house.Node.Queries.PageAsync(
            "CN-TEST", new DateOnly(2024, 1, 3), new DateOnly(2024, 1, 5), null, 100, currentOnly: true, CancellationToken.None);

        page.Count.ShouldBe(6);
        page.ShouldAllBe(release => release.State == ReleaseState.Published && release.Revision == 2);
        (page[0].Date, page[^1].Date).ShouldBe((new DateOnly(2024, 1, 5), new DateOnly(2024, 1, 3)));
        (await house.Node.Queries.PageAsync("CN-TEST", null, null, null, 4, currentOnly: true, CancellationToken.None)).Select(release => release.Date.Day).ShouldBe([10, 10, 9, 9]);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_page_tells_all_that_a_release_alone_does_the_reason_of_a_withdrawal_too(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        await FillAsync(house, "CN-TEST", new DateOnly(2024, 1, 1), days: 4, editionsADay: 2);
        string reason = string.Concat(Enumerable.Repeat("撤回的理由很长。", 1000)); // longer than an entry of an index may be
        await using (DbConnection connection = await house.Sql.OpenAsync(CancellationToken.None))
        {
            await connection.ExecuteAsync("UPDATE releases SET state = 'withdrawn', reason = @reason, withdrawn_at = 1700000000000000 WHERE edition = 'e1-02' AND revision = 1", new { reason });
            await connection.ExecuteAsync("UPDATE releases SET archived_at = 1700000000000000, documents = 7, entries = 8, bytes = 9, uncompressed = 10, archives = 11 WHERE edition = 'e0-01'");
        }
        IReadOnlyList<Release> page = await house.Node.Queries.PageAsync("CN-TEST", null, null, null, 100, currentOnly: false, CancellationToken.None);
        page.Count.ShouldBe(16);
        page.Single(release => release.State is ReleaseState.Withdrawn).Reason.ShouldBe(reason);
        page.Count(release => release.State is ReleaseState.Archived).ShouldBe(2);
        foreach (Release release in page)
        {
            release.ShouldBe(await house.Node.Queries.FindAsync(release.Id, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_list_is_read_from_its_index_alone()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        await using DbConnection connection = await house.Sql.OpenAsync(CancellationToken.None);
        string plan = string.Join('\n', (await connection.QueryAsync(
            $"EXPLAIN QUERY PLAN SELECT {Release.ListedColumns} FROM releases WHERE dataset = 'A' ORDER BY date DESC, edition DESC, revision DESC LIMIT 10")).Select(row => (string)row.detail));
        plan.ShouldContain("COVERING INDEX releases_by_date");
    }

    [Fact]
    public async Task Pages_and_files_are_found_by_index()
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(DatabaseKind.Sqlite);
        await using DbConnection connection = await house.Sql.OpenAsync(CancellationToken.None);

        foreach (string sql in (string[])
            [
                "SELECT documents FROM releases WHERE dataset = 'A' AND (date, edition, revision) < ('b', 'c', 1) ORDER BY date DESC, edition DESC, revision DESC LIMIT 10",
                "SELECT name FROM release_files WHERE sha256 = x'00'",
                "SELECT serial FROM changes WHERE serial > 5 ORDER BY serial LIMIT 10",
                "SELECT serial FROM changes WHERE dataset = 'A' ORDER BY serial DESC LIMIT 10",
                "SELECT edition FROM editions WHERE state = 'held' AND (dataset, edition) > ('a', 'b') ORDER BY dataset, edition LIMIT 10",
            ])
        {
            string plan = string.Join('\n', (await connection.QueryAsync("EXPLAIN QUERY PLAN " + sql)).Select(row => (string)row.detail));
            plan.ShouldNotContain("SCAN", customMessage: sql);
            plan.ShouldNotContain("TEMP B-TREE", customMessage: sql);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("2024-01-02/20240102")]
    [InlineData("2024-01-02/latest/r1")]
    [InlineData("20240102/20240102/r1")]
    [InlineData("2024-01-02/../r1")]
    [InlineData("2024-01-02/20240102/1")]
    public void A_cursor_that_nobody_was_given_is_refused(string text) => ReleaseCursor.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void A_summary_names_the_folder_on_this_server() =>
        new Release
        {
            Dataset = "CN-TEST",
            Edition = "2024专利",
            Revision = 2,
            Date = new DateOnly(2024, 1, 2),
            State = ReleaseState.Published,
            PublishedAt = DateTimeOffset.UnixEpoch,
            Documents = 1,
            Entries = 2,
            Bytes = 3,
            Uncompressed = 4,
            Archives = 5,
        }.ToSummary().Path.ShouldBe("/files/CN-TEST/2024%E4%B8%93%E5%88%A9/r2/");

    private static async Task FillAsync(ReleaseHouse house, string dataset, DateOnly first, int days, int editionsADay)
    {
        await using DbConnection connection = await house.Sql.OpenAsync(CancellationToken.None);
        await connection.ExecuteAsync(
            """
            INSERT INTO releases (dataset, edition, revision, date, state, published_at, documents, entries, bytes, uncompressed, archives, delivery_digest, manifest)
            VALUES (@dataset, @edition, @revision, @date, @state, @at, 1, 1, 1, 1, 1, @digest, '{}')
            """,
            from day in Enumerable.Range(0, days)
            from edition in Enumerable.Range(0, editionsADay)
            from revision in new[] { 1, 2 }
            select new
            {
                dataset,
                edition = $"e{edition}-{day:00}",
                revision,
                date = first.AddDays(day),
                state = revision == 2 ? "published" : "superseded",
                at = DateTimeOffset.UnixEpoch,
                digest = Sha256Digest.Of("a"u8),
            });
    }
}
