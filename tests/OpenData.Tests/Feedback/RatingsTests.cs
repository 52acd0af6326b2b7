using Dapper;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Feedback;
using OpenData.Server.Statistics;
using OpenData.Tests.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.Feedback;

/// <summary>Good or bad, by those who downloaded.</summary>
public sealed class RatingsTests
{
    private static readonly ReleaseId First = new("CN-PA-OPEN-10-A", "20260102", 1);
    private static readonly ReleaseId Second = new("CN-PA-OPEN-10-A", "20260109", 1);

    [Theory, OnSqlite, OnPostgres]
    public async Task Who_downloaded_lately_has_one_voice_for_each_release_and_may_change_it(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync("anna");
        Account bert = await room.AccountAsync("bert");
        Ratings ratings = new(room.Sql, new StatisticsQueries(room.Sql), room.Time);
        DateTimeOffset now = room.Time.GetUtcNow();
        await CompletedAsync(room, anna, First, now.AddDays(-89));
        await CompletedAsync(room, anna, Second, now.AddDays(-91));
        await CompletedAsync(room, bert, First, now);

        (await ratings.RateAsync(anna.Id, First, true, "", CancellationToken.None)).ShouldBeTrue();
        (await ratings.RateAsync(anna.Id, Second, true, "", CancellationToken.None)).ShouldBeFalse("that was too long ago");
        (await ratings.RateAsync(bert.Id, Second, true, "", CancellationToken.None)).ShouldBeFalse("bert never had it");
        (await ratings.RateAsync(bert.Id, First, false, "two\nlines", CancellationToken.None)).ShouldBeFalse();
        (await ratings.RateAsync(bert.Id, First, false, "<b>broken</b>", CancellationToken.None)).ShouldBeTrue();
        (await ratings.TotalsAsync(First, CancellationToken.None)).ShouldBe(new RatingTotals { Good = 1, Bad = 1 });
        (await ratings.RateAsync(anna.Id, First, false, "changed my mind", CancellationToken.None)).ShouldBeTrue();
        (await ratings.TotalsAsync(First, CancellationToken.None)).ShouldBe(new RatingTotals { Bad = 2 });
        (await ratings.TotalsAsync(First.Dataset, CancellationToken.None)).All.ShouldBe(2);
        (await ratings.TotalsAsync(Second, CancellationToken.None)).All.ShouldBe(0);
        (await ratings.OfAsync(anna.Id, First, CancellationToken.None)).ShouldNotBeNull().Line.ShouldBe("changed my mind");
        (await ratings.NewestAsync(10, CancellationToken.None)).Count.ShouldBe(2);
    }

    private static Task CompletedAsync(AccountsRoom room, Account account, ReleaseId release, DateTimeOffset at) => room.Sql.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync(
            "INSERT INTO download_completions (account_id, dataset, edition, revision, at) VALUES (@Id, @Dataset, @Edition, @Revision, @at)",
            new { account.Id, release.Dataset, release.Edition, release.Revision, at },
            transaction),
        CancellationToken.None);
}
