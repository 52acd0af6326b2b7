using OpenData.Server.Audit;
using OpenData.Tests.Support;

namespace OpenData.Tests.Audit;

public sealed class AuditTrailTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Acts_are_listed_the_newest_first_by_who_what_subject_and_time(DatabaseKind kind)
    {
        FakeTime time = new();
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        AuditTrail trail = new(database.Sql, time);
        DateTimeOffset start = time.GetUtcNow();
        (string Actor, string Action, string Subject)[] acts =
        [
            ("account:1", "edition.publish", "CN-A/20240102"),
            ("account:2", "edition.reject", "CN-A/20240109"),
            ("shell:anna", "editions.other", "CN-AB/20240102"),
            ("account:1", "release.withdraw", "CN_A/20240102/r1"),
        ];
        foreach ((string actor, string action, string subject) in acts)
        {
            await trail.AddAsync(new AuditAct(actor, action, subject, "192.0.2.1", "because", "held", "published"), default);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        (await SubjectsAsync(new AuditFilter())).ShouldBe(["CN_A/20240102/r1", "CN-AB/20240102", "CN-A/20240109", "CN-A/20240102"]);
        (await SubjectsAsync(new AuditFilter(Actor: "account:1"))).ShouldBe(["CN_A/20240102/r1", "CN-A/20240102"]);
        (await SubjectsAsync(new AuditFilter(Action: "edition"))).ShouldBe(["CN-A/20240109", "CN-A/20240102"], "'editions.other' is another word");
        (await SubjectsAsync(new AuditFilter(Action: "edition.reject"))).ShouldBe(["CN-A/20240109"]);
        (await SubjectsAsync(new AuditFilter(Subject: "CN-A/"))).ShouldBe(["CN-A/20240109", "CN-A/20240102"], "'_' and '%' stand for themselves");
        (await SubjectsAsync(new AuditFilter(From: start.AddMinutes(1), Until: start.AddMinutes(3)))).ShouldBe(["CN-AB/20240102", "CN-A/20240109"]);

        IReadOnlyList<AuditEntry> first = await trail.PageAsync(new AuditFilter(), null, 3, default);
        AuditEntry last = (await trail.PageAsync(new AuditFilter(), first[^1].Id, 3, default)).ShouldHaveSingleItem();
        last.ShouldBe(new AuditEntry
        {
            Id = last.Id,
            At = start,
            Actor = "account:1",
            Action = "edition.publish",
            Subject = "CN-A/20240102",
            Address = "192.0.2.1",
            Reason = "because",
            Before = "held",
            After = "published",
        });

        async Task<IEnumerable<string>> SubjectsAsync(AuditFilter filter) => (await trail.PageAsync(filter, null, 10, default)).Select(entry => entry.Subject);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task An_act_that_is_undone_leaves_no_line(DatabaseKind kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        AuditTrail trail = new(database.Sql, new FakeTime());
        await Should.ThrowAsync<InvalidOperationException>(database.Sql.WriteAsync(
            async transaction =>
            {
                await trail.Of(new AuditAct("account:1", "edition.publish", "X/1"))(transaction);
                throw new InvalidOperationException("the act failed after all");
            },
            default));
        (await trail.PageAsync(new AuditFilter(), null, 10, default)).ShouldBeEmpty();
    }
}
