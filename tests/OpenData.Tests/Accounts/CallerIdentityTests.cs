using System.Net;
using System.Text;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Tests.Support;

namespace OpenData.Tests.Accounts;

public sealed class CallerIdentityTests
{
    private const string File = "/files/CN-PA-TXTS-10-A/2026-01-02/r1/a.zip";

    [Fact]
    public async Task Without_credentials_one_is_known_by_address()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        AccountsNode node = await room.NodeAsync();

        Caller caller = node.Callers.Identify("", "GET", File, "?page=1", AccountsRoom.Elsewhere).Caller.ShouldNotBeNull();

        caller.Account.ShouldBeNull();
        caller.KeyId.ShouldBeNull();
        caller.Tier.Id.ShouldBe("anonymous");
        caller.Key.ToString().ShouldBe("2001:db8:1:2::/64");
    }

    [Fact]
    public async Task A_key_works_as_bearer_token_and_as_the_password_of_any_user()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        Account anna = await room.AccountAsync(tier: "partner");
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync();
        string[] headers =
        [
            $"Bearer {key.Reveal()}",
            $"bearer   {key.Reveal()} ",
            Basic($"anna:{key.Reveal()}"),
            Basic($":{key.Reveal()}"),
            Basic($"专利:{key.Reveal()}"),
        ];
        foreach (string header in headers)
        {
            Caller caller = node.Callers.Identify(header, "GET", File, "", AccountsRoom.Home).Caller.ShouldNotBeNull(header);
            caller.Account.ShouldNotBeNull().Id.ShouldBe(anna.Id);
            caller.Key.ShouldBe(AccountKey.OfAccount(anna.Id));
            caller.Tier.Id.ShouldBe("partner");
            caller.KeyId.ShouldBe(key.Id);
        }
    }

    [Fact]
    public async Task What_is_no_valid_key_is_refused_and_never_anonymous()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync(options: new AccountsOptions { Failures = 1000 });
        string wrong = $"odk_{key.Id}_{ApiKey.Create().Reveal()[^64..]}";
        string[] headers =
        [
            $"Bearer {wrong}", $"Bearer {ApiKey.Create().Reveal()}", $"Bearer {key.Reveal()}0", $"Bearer {key.Reveal()[..^1]}", $"Bearer  {key.Reveal()} x", key.Reveal(), "Bearer", "Bearer ",
            $"Bearer {key.Reveal()},Bearer {key.Reveal()}", $"Digest {key.Reveal()}", "Basic", "Basic !!!", Basic(key.Reveal()), Basic($"{key.Reveal()}:"), Basic($"anna:{wrong}"),
            Basic($"anna:{key.Reveal()}:"), "Basic " + new string('A', 100_000), Basic(new string('a', 760) + ":" + key.Reveal()),
        ];
        foreach (string header in headers)
        {
            node.Callers.Identify(header, "GET", File, "", AccountsRoom.Home).Refusal.ShouldBe(Refusal.InvalidCredentials, header);
        }
        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.None);
    }

    [Fact]
    public async Task A_key_ends_when_it_expires()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync();
        IssuedKey key = await room.KeyAsync(expires: room.Time.GetUtcNow() + TimeSpan.FromDays(1));
        AccountsNode node = await room.NodeAsync();
        string query = node.Sign(File, key.Id, room.Time.GetUtcNow() + TimeSpan.FromDays(2));

        room.Time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromTicks(1));
        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.None);
        Caller running = node.Link(File, query).Caller.ShouldNotBeNull();
        room.Time.Advance(TimeSpan.FromTicks(1));
        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.KeyExpired);
        node.Link(File, query).Refusal.ShouldBe(Refusal.None, "a link made before lives to its own end");
        node.Callers.Again(running).Refusal.ShouldBe(Refusal.None, "a download that began in time goes on");
    }

    [Fact]
    public async Task A_link_carries_its_keys_permission_for_one_file_until_it_expires()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        Account anna = await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync();
        AccountsNode other = await room.NodeAsync();
        string query = node.Sign(File, key.Id, room.Time.GetUtcNow() + TimeSpan.FromHours(1));

        foreach (string method in (string[])["GET", "HEAD"])
        {
            Caller caller = other.Link(File, query, method: method).Caller.ShouldNotBeNull();
            caller.Key.ShouldBe(AccountKey.OfAccount(anna.Id));
            caller.KeyId.ShouldBe(key.Id);
        }
        other.Link(File, query, method: "POST").Refusal.ShouldBe(Refusal.InvalidLink);
        other.Link(File, query, method: "get").Refusal.ShouldBe(Refusal.InvalidLink);
        other.Link(File + "/x", query).Refusal.ShouldBe(Refusal.InvalidLink);
        other.Link("/api/v1/me", query).Refusal.ShouldBe(Refusal.InvalidLink);
        room.Time.Advance(TimeSpan.FromHours(1));
        other.Link(File, query).Refusal.ShouldBe(Refusal.LinkExpired);
        other.Link(File, query.Replace("exp=1", "exp=2", StringComparison.Ordinal)).Refusal.ShouldBe(Refusal.InvalidLink);
    }

    [Fact]
    public async Task Every_mutated_byte_of_a_link_is_refused_in_the_same_way()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        Account anna = await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        await room.KeyAsync();
        AccountsNode node = await room.NodeAsync(options: new AccountsOptions { Failures = 1000 });
        foreach (string id in (string[])[key.Id, anna.Id])
        {
            string query = node.Sign(File, id, room.Time.GetUtcNow() + TimeSpan.FromHours(1));
            node.Link(File, query).Caller.ShouldNotBeNull();
            for (int i = 0; i < 8 * query.Length; i++)
            {
                char[] mutated = query.ToCharArray();
                mutated[i / 8] ^= (char)(1 << (i % 8));
                IPAddress from = new([10, 0, (byte)(i >> 8), (byte)i]); // each from an address of its own: this is not about the limit
                Identification answer = node.Link(File, new string(mutated), from);
                answer.ShouldBe(Identification.Refuse(Refusal.InvalidLink), new string(mutated));
            }
        }
    }

    [Fact]
    public async Task A_header_goes_before_a_link()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync();
        string query = node.Sign(File, key.Id, room.Time.GetUtcNow() + TimeSpan.FromHours(1));

        node.Callers.Identify($"Bearer {ApiKey.Create().Reveal()}", "GET", File, query, AccountsRoom.Home).Refusal.ShouldBe(Refusal.InvalidCredentials);
    }

    [Fact]
    public async Task Revocation_suspension_and_a_new_link_secret_end_links_and_running_downloads()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        Account anna = await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync();
        DateTimeOffset expires = room.Time.GetUtcNow() + TimeSpan.FromHours(1);
        string byKey = node.Sign(File, key.Id, expires);
        string byAccount = node.Sign(File, anna.Id, expires);
        Caller withKey = node.Bearer(key.Reveal()).Caller.ShouldNotBeNull();
        Caller withSession = node.Callers.OfSession(anna.Id, AccountsRoom.Home).Caller.ShouldNotBeNull();

        await room.Store.SetStateAsync("anna", AccountState.Suspended, "test", CancellationToken.None);
        await node.Accounts.RefreshAsync(CancellationToken.None);
        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.AccountSuspended);
        node.Link(File, byKey).Refusal.ShouldBe(Refusal.AccountSuspended);
        node.Link(File, byAccount).Refusal.ShouldBe(Refusal.AccountSuspended);
        node.Callers.Again(withKey).Refusal.ShouldBe(Refusal.AccountSuspended);
        node.Callers.Again(withSession).Refusal.ShouldBe(Refusal.AccountSuspended);

        await room.Store.SetStateAsync("anna", AccountState.Active, "test", CancellationToken.None);
        await room.Store.RevokeKeyAsync(key.Id, null, "test", CancellationToken.None);
        await node.Accounts.RefreshAsync(CancellationToken.None);
        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.KeyRevoked);
        node.Link(File, byKey).Refusal.ShouldBe(Refusal.InvalidLink);
        node.Callers.Again(withKey).Refusal.ShouldBe(Refusal.KeyRevoked);
        node.Link(File, byAccount).Refusal.ShouldBe(Refusal.None);
        node.Callers.Again(withSession).Refusal.ShouldBe(Refusal.None);

        await room.Store.RevokeLinksAsync("anna", "test", CancellationToken.None);
        await node.Accounts.RefreshAsync(CancellationToken.None);
        node.Link(File, byAccount).Refusal.ShouldBe(Refusal.InvalidLink);
    }

    [Fact]
    public async Task A_pending_account_is_told_that_it_waits()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync(state: AccountState.Pending);
        IssuedKey key = await room.KeyAsync();
        (await room.NodeAsync()).Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.AccountPending);
    }

    [Fact]
    public async Task A_tier_that_the_catalog_changed_or_lost_changes_for_everybody_at_once()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync(tier: "partner");
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync(follow: true);
        Caller caller = node.Bearer(key.Reveal()).Caller.ShouldNotBeNull();
        int told = 0;
        node.Accounts.Changed += _ => told++;

        room.Catalog.Set(TestCatalog.Make(
            [new Tier("anonymous", ByteRate.FromMegabits(5), 1), new Tier("registered", ByteRate.FromMegabits(20), 4)], [], []));

        told.ShouldBe(1);
        node.Callers.Again(caller).Caller.ShouldNotBeNull().Tier.Rate.ShouldBe(ByteRate.FromMegabits(20));
        room.Log.Lines.ShouldContain(line => line.Contains("'partner'", StringComparison.Ordinal) && line.Contains("'registered'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Twenty_failures_in_a_row_then_one_every_ten_seconds()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync();
        string Guess() => $"odk_{key.Id}_{ApiKey.Create().Reveal()[^64..]}";

        for (int i = 0; i < 20; i++)
        {
            node.Bearer(Guess()).Refusal.ShouldBe(Refusal.InvalidCredentials);
        }
        Identification refused = node.Bearer(Guess());
        refused.Refusal.ShouldBe(Refusal.TooManyFailures);
        refused.RetryAfter.ShouldBe(TimeSpan.FromSeconds(10));
        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.TooManyFailures, "a right guess is not even looked at");
        node.Callers.Identify("", "GET", File, "", AccountsRoom.Home).Refusal.ShouldBe(Refusal.None, "without credentials nothing is guessed");

        room.Time.Advance(TimeSpan.FromSeconds(9.9));
        node.Bearer(Guess()).RetryAfter.ShouldBe(TimeSpan.FromSeconds(0.1), "hammering does not lengthen the wait");
        room.Time.Advance(TimeSpan.FromSeconds(0.1));
        node.Bearer(Guess()).Refusal.ShouldBe(Refusal.InvalidCredentials);
        node.Bearer(Guess()).Refusal.ShouldBe(Refusal.TooManyFailures);
        room.Time.Advance(TimeSpan.FromSeconds(10));
        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.None);
    }

    [Fact]
    public async Task Nobody_locks_a_keys_owner_out_from_elsewhere()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync();
        Identification last = default;
        for (int i = 0; i < 100; i++)
        {
            last = node.Bearer($"odk_{key.Id}_{ApiKey.Create().Reveal()[^64..]}", new IPAddress([10, 0, 0, (byte)i]));
        }

        last.Refusal.ShouldBe(Refusal.TooManyFailures, "guesses on one key are limited over all addresses");
        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.None);
    }

    [Fact]
    public async Task A_neighbour_who_fails_behind_the_same_address_does_not_stop_a_key_that_works_there()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync();
        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.None);
        for (int i = 0; i < 30; i++)
        {
            node.Bearer("guess");
        }

        node.Bearer("guess").Refusal.ShouldBe(Refusal.TooManyFailures);
        node.Bearer(key.Reveal()).Refusal.ShouldBe(Refusal.None);
        node.Bearer(key.Reveal(), AccountsRoom.Elsewhere).Refusal.ShouldBe(Refusal.None);
    }

    [Fact]
    public async Task A_request_allocates_its_caller_and_nothing_else()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync();
        string bearer = $"Bearer {key.Reveal()}";
        string link = node.Sign(File, key.Id, room.Time.GetUtcNow() + TimeSpan.FromHours(1));
        foreach ((string header, string query) in ((string, string)[])[(bearer, ""), ("", link), ("", "")])
        {
            long Allocated(int requests)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < requests; i++)
                {
                    node.Callers.Identify(header, "GET", File, query, AccountsRoom.Home).Refusal.ShouldBe(Refusal.None);
                }
                return (GC.GetAllocatedBytesForCurrentThread() - before) / requests;
            }

            long OfTheTestItself(int requests)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < requests; i++)
                {
                    Refusal.None.ShouldBe(Refusal.None);
                }
                return (GC.GetAllocatedBytesForCurrentThread() - before) / requests;
            }

            Allocated(100);
            OfTheTestItself(100);
            (Allocated(1000) - OfTheTestItself(1000)).ShouldBeLessThan(150, query);
        }
    }

    [Fact]
    public void The_memory_of_failures_is_bounded_and_keeps_the_worst()
    {
        FakeTime time = new();
        FailureLimit<int> limit = new(burst: 5, TimeSpan.FromSeconds(10), capacity: 100, time);
        for (int i = 0; i < 5; i++)
        {
            limit.Fail(-1);
        }
        for (int key = 0; key < 10_000; key++)
        {
            limit.Fail(key);
            limit.Count.ShouldBeLessThanOrEqualTo(100);
        }

        limit.WaitOf(-1).ShouldBe(TimeSpan.FromSeconds(10));
        time.Advance(TimeSpan.FromSeconds(50));
        limit.WaitOf(-1).ShouldBe(TimeSpan.Zero);
    }

    private static string Basic(string credentials) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));
}
