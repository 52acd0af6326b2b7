using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.Accounts;

public sealed class AccountStoreTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task An_account_is_found_by_name_and_by_id_with_all_that_it_may_do(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account made = (await room.Store.AddAsync("中国 institute", "Org", "partner", AccountState.Active, [Role.Admin], "test", CancellationToken.None)).Value.ShouldNotBeNull();
        await room.Store.AcceptTermsAsync(made.Id, "basic-data", "test", CancellationToken.None);
        await room.Store.GrantAsync(made.Name, "CN-PA-RESTRICTED-10-A", "test", CancellationToken.None);

        foreach (string name in (string[])[made.Id, made.Name])
        {
            Account found = (await room.Store.FindAsync(name, CancellationToken.None)).Value.ShouldNotBeNull();
            found.Id.ShouldBe(made.Id);
            found.Organization.ShouldBe("Org");
            found.Tier.ShouldBe("partner");
            found.State.ShouldBe(AccountState.Active);
            found.IsAdmin.ShouldBeTrue();
            found.CreatedAt.ShouldBe(room.Time.GetUtcNow());
            found.AcceptedTerms.ShouldBe([new("basic-data", 2)]);
            found.GrantedDatasets.ShouldBe(["CN-PA-RESTRICTED-10-A"]);
        }
        (await room.Store.UngrantAsync(made.Id, "CN-PA-RESTRICTED-10-A", "test", CancellationToken.None)).Value!.GrantedDatasets.ShouldBeEmpty();
        (await room.Store.SetRolesAsync(made.Id, [], "test", CancellationToken.None)).Value!.IsAdmin.ShouldBeFalse();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Every_change_leaves_who_what_before_and_after_and_no_change_leaves_nothing(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        for (int i = 0; i < 2; i++) // the second time nothing changes
        {
            await room.Store.SetTierAsync("anna", "partner", "shell:bert", CancellationToken.None);
            await room.Store.SetStateAsync("anna", AccountState.Suspended, "shell:bert", CancellationToken.None);
            await room.Store.AcceptTermsAsync("anna", "basic-data", "account:anna", CancellationToken.None);
            await room.Store.GrantAsync("anna", "CN-PA-OPEN-10-A", "shell:bert", CancellationToken.None);
            await room.Store.RevokeKeyAsync(key.Id, anna.Id, "account:anna", CancellationToken.None);
        }

        (await room.Store.AuditOfAsync(anna.Id, 100, CancellationToken.None)).Reverse()
            .Select(line => $"{line.Actor} {line.Action} {line.Subject}: {line.Before} → {line.After}").ShouldBe(
            [
                "test account.add :  → anna, tier registered, active",
                $"test key.add {key.Id}:  → laptop",
                "shell:bert account.tier : registered → partner",
                "shell:bert account.state : active → suspended",
                "account:anna terms.accept basic-data:  → version 2",
                "shell:bert dataset.grant CN-PA-OPEN-10-A:  → granted",
                $"account:anna key.revoke {key.Id}: in force → revoked",
            ]);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task What_cannot_be_is_refused_by_name_and_changes_nothing(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        Account bert = await room.AccountAsync("bert");
        CancellationToken stop = CancellationToken.None;
        AccountFault? taken = (await room.Store.AddAsync("anna", null, null, AccountState.Active, [], "test", stop)).Fault;
        taken.ShouldNotBeNull().Kind.ShouldBe(AccountFaultKind.Taken);
        (await room.Store.AddAsync("carl", null, "gold", AccountState.Active, [], "test", stop)).Fault!.Text.ShouldBe(
            "There is no tier 'gold' in the catalog. There are: anonymous, partner, registered.");
        (await room.Store.AddAsync("carl", null, null, AccountState.Active, ["root"], "test", stop)).Fault!.Text.ShouldContain("admin");
        foreach (string name in (string[])["", " carl", "ca\nrl", new string('c', 101)])
        {
            (await room.Store.AddAsync(name, null, null, AccountState.Active, [], "test", stop)).Fault!.Kind.ShouldBe(AccountFaultKind.Invalid);
        }
        (await room.Store.SetTierAsync("anna", "gold", "test", stop)).Fault!.Text.ShouldContain("anonymous, partner, registered");
        (await room.Store.SetTierAsync("nobody", "partner", "test", stop)).Fault!.Kind.ShouldBe(AccountFaultKind.NotFound);
        (await room.Store.AcceptTermsAsync("anna", "gone", "test", stop)).Fault!.Text.ShouldContain("basic-data");
        (await room.Store.GrantAsync("anna", "XX", "test", stop)).Fault!.Kind.ShouldBe(AccountFaultKind.NotFound);
        (await room.Store.AddKeyAsync("nobody", "key", null, "test", stop)).Fault!.Kind.ShouldBe(AccountFaultKind.NotFound);
        (await room.Store.AddKeyAsync("anna", "key", room.Time.GetUtcNow(), "test", stop)).Fault!.Kind.ShouldBe(AccountFaultKind.Invalid);
        (await room.Store.RevokeKeyAsync(key.Id, bert.Id, "test", stop)).Fault!.Kind.ShouldBe(AccountFaultKind.NotFound, "somebody else's key is no key");
        (await room.Store.RevokeKeyAsync("0000000000000000", null, "test", stop)).Fault!.Kind.ShouldBe(AccountFaultKind.NotFound);

        (await room.Store.AuditOfAsync(anna.Id, 100, stop)).Count.ShouldBe(2);
        (await room.Store.ListAsync(null, 100, stop)).Select(account => account.Name).ShouldBe(["anna", "bert"]);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Accounts_are_listed_by_name_a_page_at_a_time(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        foreach (string name in (string[])["c", "a", "b"])
        {
            await room.AccountAsync(name);
        }
        (await room.Store.ListAsync(null, 2, CancellationToken.None)).Select(account => account.Name).ShouldBe(["a", "b"]);
        (await room.Store.ListAsync("b", 2, CancellationToken.None)).Select(account => account.Name).ShouldBe(["c"]);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task An_account_has_a_hundred_keys_in_force_at_most(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync();
        IssuedKey first = await room.KeyAsync(expires: room.Time.GetUtcNow() + TimeSpan.FromDays(1));
        for (int i = 1; i < AccountStore.KeysPerAccount; i++)
        {
            await room.KeyAsync();
        }
        (await room.Store.AddKeyAsync("anna", "more", null, "test", CancellationToken.None)).Fault!.Text.ShouldContain("revoke one");
        await room.Store.RevokeKeyAsync(first.Id, anna.Id, "test", CancellationToken.None);
        await room.KeyAsync();
    }
}
