using Microsoft.Extensions.Options;
using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Server.Feedback;
using OpenData.Tests.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.Feedback;

/// <summary>Entries and what becomes of them, on both databases.</summary>
public sealed class FeedbackStoreTests
{
    private static readonly FeedbackDraft Missing = new(FeedbackKind.Problem, "CN-PA-OPEN-10-A", "20240102", "", "A document is missing", "CN1234567A is in the list and not in the archive.", "anna@example.org");

    [Theory, OnSqlite, OnPostgres]
    public async Task A_report_goes_its_way_and_every_act_of_the_office_leaves_who_before_and_after(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync("anna");
        Account curator = await room.AccountAsync("office", roles: Role.Curator);
        (FeedbackStore store, FeedbackQueries queries) = Open(room);

        (await store.WriteAsync(Missing, anna.Id, "form1", CancellationToken.None)).ShouldBe(new FeedbackResult(FeedbackOutcome.Done, 1));
        (await store.AnswerAsync(1, 1, FeedbackState.Review, "", new Curator(curator.Id, "::1"), CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.Done);
        (await store.AnswerAsync(1, 2, FeedbackState.Resolved, "", new Curator(curator.Id, "::1"), CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.Refused, "nobody is told the end without a word");
        room.Time.Advance(TimeSpan.FromMinutes(1)); // lines of the trail are in order of time
        (await store.AnswerAsync(1, 2, FeedbackState.Resolved, "r2 has it.", new Curator(curator.Id, "::1"), CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.Done);
        room.Time.Advance(TimeSpan.FromMinutes(1));
        (await store.HideAsync(1, 3, "a name is in it", new Curator(curator.Id, "::1"), CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.Done);
        (await queries.PageAsync(new FeedbackFilter { PublicOnly = true }, null, 10, CancellationToken.None)).ShouldBeEmpty();
        (await queries.PageAsync(new FeedbackFilter { HiddenOnly = true }, null, 10, CancellationToken.None)).Count.ShouldBe(1);
        room.Time.Advance(TimeSpan.FromMinutes(1));
        (await store.HideAsync(1, 4, null, new Curator(curator.Id, "::1"), CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.Done);
        (await store.WithdrawAsync(1, anna.Id, CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.Done);
        (await store.WithdrawAsync(1, anna.Id, CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.Done, "once more changes nothing");

        (await new AuditTrail(room.Sql, room.Time).PageAsync(new AuditFilter(Subject: FeedbackStore.SubjectOf(1)), null, 10, CancellationToken.None)).Reverse()
            .Select(act => $"{act.Actor} {act.Action}: {act.Before} → {act.After} {act.Reason} {act.Address}").ShouldBe(
        [
            $"account:{curator.Id} feedback.answer: new → review  ::1",
            $"account:{curator.Id} feedback.answer: review → resolved: r2 has it.  ::1",
            $"account:{curator.Id} feedback.hide: shown → hidden a name is in it ::1",
            $"account:{curator.Id} feedback.show: hidden: a name is in it → shown  ::1",
        ]);
        FeedbackItem item = (await queries.FindAsync(1, CancellationToken.None)).ShouldNotBeNull();
        item.State.ShouldBe(FeedbackState.Withdrawn);
        item.Contact.ShouldBe("anna@example.org");
        item.Edition.ShouldBe("20240102");
        item.Document.ShouldBeNull();
        item.UpdatedAt.ShouldBe(room.Time.GetUtcNow());
        item.CreatedAt.ShouldBe(room.Time.GetUtcNow().AddMinutes(-3));
        (await queries.AnswersAsync(1, CancellationToken.None)).Single().Body.ShouldBe("r2 has it.");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task The_same_form_twice_is_one_entry_also_at_once_and_a_day_has_its_limit(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync("anna");
        Account bert = await room.AccountAsync("bert");
        (FeedbackStore store, FeedbackQueries queries) = Open(room, perDay: 3);

        FeedbackResult[] twice = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.WriteAsync(Missing, anna.Id, "once", CancellationToken.None)));
        twice.ShouldAllBe(result => result == new FeedbackResult(FeedbackOutcome.Done, 1));
        await store.WriteAsync(Missing, anna.Id, "2", CancellationToken.None);
        await store.WriteAsync(Missing, anna.Id, "3", CancellationToken.None);
        (await store.WriteAsync(Missing, anna.Id, "4", CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.TooMany);
        (await store.WriteAsync(Missing, anna.Id, "once", CancellationToken.None)).Number.ShouldBe(1, "what is there is there");
        (await store.WriteAsync(Missing, bert.Id, "once", CancellationToken.None)).Number.ShouldBe(4, "another's form is another");
        room.Time.Advance(TimeSpan.FromHours(25));
        (await store.WriteAsync(Missing, anna.Id, "4", CancellationToken.None)).Number.ShouldBe(5);

        (await queries.PageAsync(new FeedbackFilter { AccountId = anna.Id }, null, 2, CancellationToken.None)).Select(item => item.Number).ShouldBe([5, 3]);
        (await queries.PageAsync(new FeedbackFilter { AccountId = anna.Id }, 3, 2, CancellationToken.None)).Select(item => item.Number).ShouldBe([2, 1]);
        (await queries.PageAsync(new FeedbackFilter { Kind = FeedbackKind.Request }, null, 9, CancellationToken.None)).ShouldBeEmpty();
        (await queries.PageAsync(new FeedbackFilter { States = [FeedbackState.New, FeedbackState.Review], Dataset = "CN-PA-OPEN-10-A", PublicOnly = true }, null, 9, CancellationToken.None)).Count.ShouldBe(5);
        (await queries.CountsAsync(CancellationToken.None)).ShouldBe([new(FeedbackState.New, 5)]);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Of_two_curators_at_once_one_is_told_to_look_again_and_nobody_takes_back_what_another_wrote(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync("anna");
        Account bert = await room.AccountAsync("bert", roles: Role.Curator);
        (FeedbackStore store, FeedbackQueries queries) = Open(room);
        await store.WriteAsync(Missing, anna.Id, "form", CancellationToken.None);

        FeedbackResult[] both = await Task.WhenAll(
            store.AnswerAsync(1, 1, FeedbackState.Answered, "one", new Curator(bert.Id, null), CancellationToken.None),
            store.AnswerAsync(1, 1, FeedbackState.Declined, "two", new Curator(bert.Id, null), CancellationToken.None));
        both.Select(result => result.Outcome).Order().ShouldBe([FeedbackOutcome.Done, FeedbackOutcome.Changed]);
        (await queries.AnswersAsync(1, CancellationToken.None)).Count.ShouldBe(1);
        (await store.WithdrawAsync(1, bert.Id, CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.NotFound);
        (await store.HideAsync(1, 2, "x", new Curator(bert.Id, null), CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.Refused, "a reason has words");
        (await store.AnswerAsync(99, 1, FeedbackState.Review, "", new Curator(bert.Id, null), CancellationToken.None)).Outcome.ShouldBe(FeedbackOutcome.NotFound);
        (await queries.FindAsync(1, CancellationToken.None))!.Version.ShouldBe(2);
    }

    [Fact]
    public void A_wrong_setting_is_named() =>
        new FeedbackOptions { PerDay = 0 }.Faults().Single().ShouldStartWith("OpenData:Feedback:PerDay is 0");

    private static (FeedbackStore Store, FeedbackQueries Queries) Open(AccountsRoom room, int perDay = 20) =>
        (new FeedbackStore(room.Sql, new AuditTrail(room.Sql, room.Time), room.Catalog, Options.Create(new FeedbackOptions { PerDay = perDay }), room.Time), new FeedbackQueries(room.Sql));
}
