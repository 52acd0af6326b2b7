using System.Collections.Frozen;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.Accounts;

/// <summary>What account officers do with accounts.</summary>
public sealed class AccountReviewTests
{
    private static readonly Registration Acme = new("acme data", "Acme Data Ltd", "Anna Person", "A mirror for our search service.", "anna@acme.example", "CN");

    [Theory, OnSqlite, OnPostgres]
    public async Task Who_registered_waits_until_an_officer_lets_them_in_with_a_tier(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        await room.Store.RegisterAsync(Acme, "hash", CancellationToken.None);
        room.Time.Advance(TimeSpan.FromMinutes(1));
        await room.Store.RegisterAsync(Acme with { Name = "second" }, "hash", CancellationToken.None);

        IReadOnlyList<Applicant> waiting = await room.Store.WaitingAsync(10, CancellationToken.None);
        waiting.Select(applicant => applicant.Account.Name).ShouldBe(["acme data", "second"]);
        waiting[0].Profile.ShouldNotBeNull().Contact.ShouldBe("Anna Person");
        (await room.Store.CountWaitingAsync(CancellationToken.None)).ShouldBe(2);

        Account approved = (await room.Store.ApproveAsync("acme data", "partner", "account:officer", CancellationToken.None)).Value.ShouldNotBeNull();
        (approved.State, approved.Tier).ShouldBe((AccountState.Active, "partner"));
        AuditLine line = (await room.Store.AuditOfAsync(approved.Id, 1, CancellationToken.None)).Single();
        (line.Actor, line.Action, line.Before, line.After).ShouldBe(("account:officer", "account.approve", "pending, tier registered", "active, tier partner"));

        // Another officer was slower: nothing is done twice, and nothing back and forth.
        (await room.Store.ApproveAsync("acme data", "registered", "account:other", CancellationToken.None)).Fault!.Kind.ShouldBe(AccountFaultKind.Invalid);
        (await room.Store.RefuseAsync("acme data", "too late for that", "account:other", CancellationToken.None)).Fault!.Kind.ShouldBe(AccountFaultKind.Invalid);
        (await room.Store.FindAsync("acme data", CancellationToken.None)).Value!.Tier.ShouldBe("partner");
        (await room.Store.ApproveAsync("second", "platinum", "account:officer", CancellationToken.None)).Fault!.Text.ShouldContain("no tier 'platinum'");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Who_was_refused_is_told_why_and_may_apply_again(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account account = (await room.Store.RegisterAsync(Acme, "hash", CancellationToken.None)).Value.ShouldNotBeNull();
        (await room.Store.RefuseAsync(account.Id, " ", "account:officer", CancellationToken.None)).Done.ShouldBeFalse("a reason is owed");
        (await room.Store.RefuseAsync(account.Id, "Please name the product.", "account:officer", CancellationToken.None)).Done.ShouldBeTrue();
        (await room.Store.RefusalOfAsync(account.Id, CancellationToken.None)).ShouldNotBeNull().Reason.ShouldBe("Please name the product.");
        (await room.Store.WaitingAsync(10, CancellationToken.None)).ShouldBeEmpty();

        (await room.Store.ApplyAgainAsync(account.Id, Acme with { Organization = "Acme Data Limited", Purpose = "The product is Acme Search." }, CancellationToken.None)).Done.ShouldBeTrue();
        Applicant again = (await room.Store.WaitingAsync(10, CancellationToken.None)).Single();
        again.Account.Organization.ShouldBe("Acme Data Limited");
        again.Profile!.Purpose.ShouldBe("The product is Acme Search.");
        (await room.Store.RefusalOfAsync(account.Id, CancellationToken.None)).ShouldBeNull();

        await room.Store.ApproveAsync(account.Id, "registered", "account:officer", CancellationToken.None);
        (await room.Store.ApplyAgainAsync(account.Id, Acme, CancellationToken.None)).Done.ShouldBeFalse("it does not wait any more");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Accounts_are_found_by_parts_of_what_is_known_of_them(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account acme = (await room.Store.RegisterAsync(Acme, "hash", CancellationToken.None)).Value.ShouldNotBeNull();
        await room.Store.RegisterAsync(Acme with { Name = "某公司", Organization = "某数据有限公司", Email = null, Contact = "张三" }, "hash", CancellationToken.None);
        await room.AccountAsync("100% real", roles: "curator");
        string key = (await room.KeyAsync("acme data")).Id;

        async Task<string[]> Names(AccountSearch search) => [.. (await room.Store.SearchAsync(search, null, 10, CancellationToken.None)).Select(account => account.Name)];
        (await Names(new())).ShouldBe(["100% real", "acme data", "某公司"]);
        (await Names(new("ACME"))).ShouldBe(["acme data"]);
        (await Names(new("anna@acme"))).ShouldBe(["acme data"]);
        (await Names(new("数据"))).ShouldBe(["某公司"]);
        (await Names(new(acme.Id))).ShouldBe(["acme data"]);
        (await Names(new($"odk_{key}"))).ShouldBe(["acme data"]);
        (await Names(new("0%"))).ShouldBe(["100% real"]);
        (await Names(new("%"))).ShouldBe(["100% real"]);
        (await Names(new("_"))).ShouldBeEmpty();
        (await Names(new("' OR 1=1 --"))).ShouldBeEmpty();
        (await Names(new(State: AccountState.Pending))).ShouldBe(["acme data", "某公司"]);
        (await Names(new(Tier: "partner"))).ShouldBeEmpty();
        (await Names(new(WithRole: true))).ShouldBe(["100% real"]);
        (await room.Store.SearchAsync(new(), "acme data", 10, CancellationToken.None)).Single().Name.ShouldBe("某公司");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_suspension_keeps_its_reason_in_the_audit(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account account = await room.AccountAsync();
        (await room.Store.SuspendAsync(account.Id, "passed the data on", "account:officer", CancellationToken.None)).Value!.State.ShouldBe(AccountState.Suspended);
        AuditLine line = (await room.Store.AuditOfAsync(account.Id, 1, CancellationToken.None)).Single();
        (line.Before, line.After).ShouldBe(("active", "suspended: passed the data on"));
    }

    [Theory]
    [InlineData("admin", "", true, true)]
    [InlineData("admin", "admin", true, true)]
    [InlineData("account-officer", "", true, false)]
    [InlineData("account-officer", "auditor", false, false)]
    [InlineData("account-officer", "admin", false, false)]
    [InlineData("auditor", "", false, false)]
    [InlineData("curator", "", false, false)]
    public void An_officer_changes_accounts_without_a_role_and_only_an_admin_gives_one(string officer, string account, bool manages, bool gives)
    {
        With("o", officer).MayManage(With("a", account)).ShouldBe(manages);
        With("o", officer).MayGiveRoles(With("a", account)).ShouldBe(gives);
        With("o", officer).MayManage(With("o", officer)).ShouldBeFalse("nobody decides about themselves");
        (With("o", officer) with { State = AccountState.Suspended }).MayManage(With("a", account)).ShouldBeFalse();
    }

    private static Account With(string id, string role) => new()
    {
        Id = id,
        Name = id,
        Tier = "registered",
        State = AccountState.Active,
        Roles = role.Length == 0 ? [] : new[] { role }.ToFrozenSet(),
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
