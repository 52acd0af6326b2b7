using OpenData.Server.Accounts;
using OpenData.Server.Accounts.Oidc;
using OpenData.Tests.Support;

namespace OpenData.Tests.Accounts;

public sealed class AccountIdentityTests
{
    private static readonly Registration Acme = new("acme", "Acme Data Ltd", "Ann", "A search engine for patents.", "ann@acme.example", "CN", "en");

    private static readonly OidcIdentity Ann = new("https://login.example", "42", "Ann", "ann@acme.example", null);

    [Theory, OnSqlite, OnPostgres]
    public async Task A_login_counts_once_and_registers_one_account_or_nothing(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        LoginAttempt first = Attempt(room), second = Attempt(room);
        (await room.Store.UseLoginAsync(first, Ann, true, CancellationToken.None)).ShouldBeTrue();
        (await room.Store.UseLoginAsync(first, Ann, true, CancellationToken.None)).ShouldBeFalse();
        (await room.Store.UseLoginAsync(second, Ann, true, CancellationToken.None)).ShouldBeTrue();
        (await room.Store.WaitingLoginAsync(first, CancellationToken.None)).ShouldBe(Ann);

        Account acme = (await room.Store.RegisterAsync(Acme, first, CancellationToken.None)).Value.ShouldNotBeNull();
        acme.State.ShouldBe(AccountState.Pending);
        (await room.Store.FindByIdentityAsync(Ann, CancellationToken.None))!.Id.ShouldBe(acme.Id);
        (await room.Store.WaysInAsync(acme.Id, CancellationToken.None)).ShouldBe((false, true));
        (await room.Store.RegisterAsync(Acme with { Name = "again" }, first, CancellationToken.None)).Fault.ShouldNotBeNull().Kind.ShouldBe(AccountFaultKind.NotFound);
        (await room.Store.RegisterAsync(Acme with { Name = "again" }, second, CancellationToken.None)).Fault.ShouldNotBeNull().Kind.ShouldBe(AccountFaultKind.NotFound);
        (await room.Store.FindAsync("again", CancellationToken.None)).Value.ShouldBeNull("what was refused leaves nothing");

        LoginAttempt late = Attempt(room);
        await room.Store.UseLoginAsync(late, Ann with { Subject = "43" }, true, CancellationToken.None);
        (await room.Store.RegisterAsync(Acme, late, CancellationToken.None)).Fault.ShouldNotBeNull().Kind.ShouldBe(AccountFaultKind.Taken);
        (await room.Store.WaitingLoginAsync(late, CancellationToken.None)).ShouldNotBeNull("another name may be tried");
        room.Time.Advance(TimeSpan.FromHours(1));
        (await room.Store.WaitingLoginAsync(late, CancellationToken.None)).ShouldBeNull();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_person_is_linked_to_one_account(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync(), bert = await room.AccountAsync("bert");
        for (int i = 0; i < 2; i++)
        {
            (await room.Store.LinkIdentityAsync(anna.Id, Ann, "test", CancellationToken.None)).Done.ShouldBeTrue();
        }
        (await room.Store.LinkIdentityAsync(bert.Id, Ann, "test", CancellationToken.None)).Fault.ShouldNotBeNull().Kind.ShouldBe(AccountFaultKind.Taken);
        (await room.Store.LinkIdentityAsync(bert.Id, Ann with { Issuer = "https://other.example" }, "test", CancellationToken.None)).Done.ShouldBeTrue("a subject means something with its issuer only");
        (await room.Store.FindByIdentityAsync(Ann, CancellationToken.None))!.Id.ShouldBe(anna.Id);
    }

    private static LoginAttempt Attempt(AccountsRoom room) => LoginAttempt.Begin(LoginAim.SignIn, "/", null, room.Time.GetUtcNow());
}
