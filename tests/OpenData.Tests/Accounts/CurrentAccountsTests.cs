using Dapper;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.Accounts;

public sealed class CurrentAccountsTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task A_change_by_another_process_takes_effect_within_half_a_second_of_the_clock(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode first = await room.NodeAsync(follow: true);
        AccountsNode second = await room.NodeAsync(follow: true);
        Caller running = first.Bearer(key.Reveal()).Caller.ShouldNotBeNull();
        Identification heard = default;
        first.Accounts.Changed += _ => heard = first.Callers.Again(running);
        // The clock moves on only after the change, once: what takes longer is the machine's.
        Task Follow(Func<bool> condition)
        {
            room.Time.Advance(TimeSpan.FromMilliseconds(500));
            return UntilAsync(condition, "both nodes follow");
        }

        // room.Store is the shell: a third process on the database, of which neither node hears but by the database.
        await room.Store.SetTierAsync("anna", "partner", "shell:test", CancellationToken.None);
        await Follow(() => heard.Caller?.Tier.Id == "partner" && second.Bearer(key.Reveal()).Caller?.Tier.Id == "partner");

        await room.Store.SetStateAsync("anna", AccountState.Suspended, "shell:test", CancellationToken.None);
        await Follow(() => heard.Refusal == Refusal.AccountSuspended && second.Bearer(key.Reveal()).Refusal == Refusal.AccountSuspended);

        await room.Store.SetStateAsync("anna", AccountState.Active, "shell:test", CancellationToken.None);
        await Follow(() => heard.Refusal == Refusal.None && second.Bearer(key.Reveal()).Refusal == Refusal.None);

        await second.Store.RevokeKeyAsync(key.Id, null, "account:anna", CancellationToken.None);
        await Follow(() => heard.Refusal == Refusal.KeyRevoked && second.Bearer(key.Reveal()).Refusal == Refusal.KeyRevoked);

        IssuedKey another = await room.KeyAsync();
        await room.Store.AcceptTermsAsync("anna", "basic-data", "shell:test", CancellationToken.None);
        await Follow(() => second.Bearer(another.Reveal()).Caller?.Account?.AcceptedTerms.GetValueOrDefault("basic-data") == 2);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task What_changes_while_it_is_read_is_not_missed(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        AccountsNode node = await room.NodeAsync();
        string[] names = [.. Enumerable.Range(0, 12).Select(i => $"account {i}")];
        Task[] writers = [.. names.Select(name => Task.Run(async () =>
        {
            await room.AccountAsync(name);
            await room.KeyAsync(name);
            await room.Store.SetTierAsync(name, "partner", "test", CancellationToken.None);
        }))];
        Task all = Task.WhenAll(writers);
        while (!all.IsCompleted)
        {
            await node.Accounts.RefreshAsync(CancellationToken.None);
        }
        await all;
        await node.Accounts.RefreshAsync(CancellationToken.None);

        node.Accounts.Current.Accounts.Select(entry => (entry.Account.Name, entry.Account.Tier)).ShouldBe(names.Select(name => (name, "partner")), ignoreOrder: true);
        node.Accounts.Current.Keys.Count().ShouldBe(names.Length);
        (await node.Accounts.RefreshAsync(CancellationToken.None)).ShouldBeFalse();
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task A_snapshot_once_taken_stays_as_it_is(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync();
        AccountsNode node = await room.NodeAsync();
        AccountsSnapshot before = node.Accounts.Current;
        await room.Store.SetTierAsync("anna", "partner", "test", CancellationToken.None);
        await room.AccountAsync("bert");
        (await node.Accounts.RefreshAsync(CancellationToken.None)).ShouldBeTrue();

        before.Accounts.ShouldHaveSingleItem().Account.Tier.ShouldBe("registered");
        node.Accounts.Current.TryGetAccount(anna.Id, out Account? after).ShouldBeTrue();
        after.Tier.ShouldBe("partner");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task The_last_use_is_written_once_an_interval_and_never_turned_back(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account anna = await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync();
        async Task<DateTimeOffset?> LastUse() => (await room.Store.ListKeysAsync(anna.Id, CancellationToken.None)).Single().LastUsedAt;
        DateTimeOffset start = room.Time.GetUtcNow();

        node.Bearer(key.Reveal());
        (await LastUse()).ShouldBeNull("a request writes nothing");
        room.Time.Advance(TimeSpan.FromSeconds(10));
        node.Bearer(key.Reveal());
        await node.Accounts.WriteUsesAsync(CancellationToken.None);
        (await LastUse()).ShouldBe(start + TimeSpan.FromSeconds(10));

        await room.Store.WriteUsesAsync([(key.Id, start)], CancellationToken.None);
        (await LastUse()).ShouldBe(start + TimeSpan.FromSeconds(10));
        (await node.Accounts.RefreshAsync(CancellationToken.None)).ShouldBeFalse("a use is no change of the account");
    }

    [Fact]
    public async Task While_the_database_is_away_the_last_snapshot_stays_in_force()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync(TimeProvider.System, new AccountsOptions { Poll = TimeSpan.FromMilliseconds(50) }, follow: true);
        await using (System.Data.Common.DbConnection connection = await room.Sql.OpenAsync(CancellationToken.None))
        {
            await connection.ExecuteAsync("ALTER TABLE accounts_version RENAME TO elsewhere");
        }
        await UntilAsync(() => room.Log.Lines.Any(line => line.StartsWith("Warning Changes of accounts cannot be read", StringComparison.Ordinal)), "the log says so");

        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.None);

        await using (System.Data.Common.DbConnection connection = await room.Sql.OpenAsync(CancellationToken.None))
        {
            await connection.ExecuteAsync("ALTER TABLE elsewhere RENAME TO accounts_version");
        }
        await room.Store.SetTierAsync("anna", "partner", "test", CancellationToken.None);
        await UntilAsync(() => node.Bearer(key.Reveal()).Caller?.Tier.Id == "partner", "changes are followed again");
        room.Log.Lines.Count(line => line.StartsWith("Warning", StringComparison.Ordinal)).ShouldBe(1, "it is told once");
    }

    [Fact]
    public async Task One_failing_listener_keeps_nothing_from_the_others()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        AccountsNode node = await room.NodeAsync();
        bool heard = false;
        node.Accounts.Changed += _ => throw new InvalidOperationException("broken");
        node.Accounts.Changed += _ => heard = true;
        await room.AccountAsync();
        await node.Accounts.RefreshAsync(CancellationToken.None);
        heard.ShouldBeTrue();
    }

    private static Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(() => Task.FromResult(condition()), what);
}
