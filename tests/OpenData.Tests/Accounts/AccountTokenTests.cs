using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.Accounts;

/// <summary>Links of mails: they work once, for a while, and for what they were made for.</summary>
public sealed class AccountTokenTests
{
    private static readonly Registration Acme = new("acme data", "Acme Data Ltd", "Anna Person", "A mirror for our search service.", "anna@acme.example", "CN", "zh");

    [Theory, OnSqlite, OnPostgres]
    public async Task An_address_is_confirmed_once_by_what_was_sent_to_it(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account account = (await room.Store.RegisterAsync(Acme, "hash", CancellationToken.None)).Value.ShouldNotBeNull();
        string first = await room.Store.NewEmailTokenAsync(account.Id, "anna@acme.example", CancellationToken.None);
        string token = await room.Store.NewEmailTokenAsync(account.Id, "anna@acme.example", CancellationToken.None);
        (await room.Store.FindByConfirmedEmailAsync("anna@acme.example", CancellationToken.None)).ShouldBeNull();

        (await room.Store.ConfirmEmailAsync(first, CancellationToken.None)).Done.ShouldBeFalse("a newer one was sent");
        (await room.Store.ResetPasswordAsync(token, "another hash", CancellationToken.None)).Done.ShouldBeFalse("it is for something else");
        (await room.Store.ConfirmEmailAsync(token, CancellationToken.None)).Done.ShouldBeTrue();
        (await room.Store.ConfirmEmailAsync(token, CancellationToken.None)).Done.ShouldBeFalse("it is used up");
        (await room.Store.FindByConfirmedEmailAsync("ANNA@acme.example", CancellationToken.None)).ShouldNotBeNull().Account.Id.ShouldBe(account.Id);
        (await room.Store.FindByConfirmedEmailAsync("acme data", CancellationToken.None)).ShouldNotBeNull().Profile.Language.ShouldBe("zh");

        // Another address has to be confirmed anew, and what was sent to the old one does not do it.
        string old = await room.Store.NewEmailTokenAsync(account.Id, "anna@acme.example", CancellationToken.None);
        await room.Store.ApplyAgainAsync(account.Id, Acme with { Email = "other@acme.example" }, CancellationToken.None);
        (await room.Store.ProfileAsync(account.Id, CancellationToken.None))!.EmailConfirmedAt.ShouldBeNull();
        (await room.Store.ConfirmEmailAsync(old, CancellationToken.None)).Done.ShouldBeFalse();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_password_is_set_by_mail_once_within_an_hour(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account account = (await room.Store.RegisterAsync(Acme, "hash", CancellationToken.None)).Value.ShouldNotBeNull();
        string late = await room.Store.NewPasswordTokenAsync(account.Id, CancellationToken.None);
        room.Time.Advance(TimeSpan.FromMinutes(61));
        (await room.Store.PasswordTokenOwnerAsync(late, CancellationToken.None)).ShouldBeNull();
        (await room.Store.ResetPasswordAsync(late, "hash 2", CancellationToken.None)).Done.ShouldBeFalse();

        string token = await room.Store.NewPasswordTokenAsync(account.Id, CancellationToken.None);
        (await room.Store.PasswordTokenOwnerAsync(token, CancellationToken.None))!.Id.ShouldBe(account.Id);
        (await room.Store.ResetPasswordAsync(token, "hash 3", CancellationToken.None)).Done.ShouldBeTrue();
        (await room.Store.PasswordHashAsync(account.Id, CancellationToken.None)).ShouldBe("hash 3");
        (await room.Store.ResetPasswordAsync(token, "hash 4", CancellationToken.None)).Done.ShouldBeFalse();
        (await room.Store.PasswordHashAsync(account.Id, CancellationToken.None)).ShouldBe("hash 3");

        string other = await room.Store.NewPasswordTokenAsync(account.Id, CancellationToken.None);
        await room.Store.SuspendAsync(account.Id, "passed the data on", "test", CancellationToken.None);
        (await room.Store.ResetPasswordAsync(other, "hash 5", CancellationToken.None)).Done.ShouldBeFalse("a suspended account stays as it is");
        foreach (string none in (string[])["", "x", new string('A', 43), "é", new string('/', 43)])
        {
            (await room.Store.ResetPasswordAsync(none, "hash 6", CancellationToken.None)).Done.ShouldBeFalse();
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task An_address_of_two_accounts_is_no_way_into_either(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        foreach (string name in (string[])["one", "two"])
        {
            Account account = (await room.Store.RegisterAsync(Acme with { Name = name }, "hash", CancellationToken.None)).Value.ShouldNotBeNull();
            await room.Store.ConfirmEmailAsync(await room.Store.NewEmailTokenAsync(account.Id, "anna@acme.example", CancellationToken.None), CancellationToken.None);
        }
        (await room.Store.FindByConfirmedEmailAsync("anna@acme.example", CancellationToken.None)).ShouldBeNull();
        (await room.Store.FindByConfirmedEmailAsync("two", CancellationToken.None)).ShouldNotBeNull();
    }
}
