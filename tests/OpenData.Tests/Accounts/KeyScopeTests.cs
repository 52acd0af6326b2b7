using Dapper;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Tests.Support;

namespace OpenData.Tests.Accounts;

/// <summary>Keys that may do less than their account.</summary>
public sealed class KeyScopeTests
{
    [Theory]
    [InlineData(null, "all")]
    [InlineData("", "all")]
    [InlineData("downloads", "downloads")]
    [InlineData("CN-*, us-pa-txto-10-b", "all CN-* US-PA-TXTO-10-B")]
    [InlineData("CN-* downloads CN-*", "downloads CN-*")]
    [InlineData("desk", "desk")]
    [InlineData("desk desk", "desk")]
    public void Words_are_read_and_written_alike(string? text, string written)
    {
        KeyScope scope = Read(text);
        scope.ToString().ShouldBe(written);
        Read(scope.ToString()).ShouldBe(scope);
    }

    [Theory]
    [InlineData("downloads desk")]
    [InlineData("all downloads")]
    [InlineData("desk CN-*")]
    [InlineData("../../etc/passwd")]
    [InlineData("<script>")]
    [InlineData("CN-'; DROP TABLE account_keys; --")]
    [InlineData("中国")]
    public void What_is_no_scope_is_refused_with_words(string text) => KeyScope.TryParse(text, out _).ShouldNotBeNull();

    [Fact]
    public void There_is_an_end_to_patterns()
    {
        KeyScope.TryParse(string.Join(' ', Enumerable.Range(0, 51).Select(i => $"CN-{i}")), out _).ShouldNotBeNull();
        KeyScope.TryParse(new string('A', 65), out _).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("all", "CN-PA-TXTS-10-A", true)]
    [InlineData("downloads", "CN-PA-TXTS-10-A", true)]
    [InlineData("desk", "CN-PA-TXTS-10-A", false)]
    [InlineData("CN-*", "CN-PA-TXTS-10-A", true)]
    [InlineData("CN-*", "US-PA-TXTS-10-A", false)]
    [InlineData("*-10-A", "US-PA-TXTS-10-A", true)]
    [InlineData("CN-PA-TXTS-10-A", "CN-PA-TXTS-10-AB", false)]
    [InlineData("US-* CN-PA-TXTS-10-A", "CN-PA-TXTS-10-A", true)]
    public void Datasets_are_matched_whole(string scope, string dataset, bool may) => Read(scope).MayDownload(dataset).ShouldBe(may);

    [Theory]
    [InlineData("all", "POST", "/api/v1/admin/editions/X/1/publish", true)]
    [InlineData("all", "POST", "/api/v1/webhooks", true)]
    [InlineData("downloads", "GET", "/api/v1/me", true)]
    [InlineData("downloads", "POST", "/api/v1/links", true)]
    [InlineData("downloads", "POST", "/api/v1/webhooks", false)]
    [InlineData("downloads", "POST", "/api/v1/me/terms/basic-data", false)]
    [InlineData("downloads", "GET", "/api/v1/admin/runs", false)]
    [InlineData("downloads CN-*", "GET", "/api/v1/admin/runs", false)]
    [InlineData("desk", "POST", "/api/v1/admin/editions/X/1/publish", true)]
    [InlineData("desk", "GET", "/api/v1/me", true)]
    [InlineData("desk", "POST", "/api/v1/me/terms/basic-data", false)]
    [InlineData("desk", "POST", "/api/v1/links", false)]
    public void Requests_are_judged_by_purpose(string scope, string method, string path, bool may) => Read(scope).MayCall(method, path).ShouldBe(may);

    [Theory, OnSqlite, OnPostgres]
    public async Task A_limited_key_and_its_links_reach_its_datasets_only_on_every_node(DatabaseKind kind)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync(kind);
        Account account = await room.AccountAsync();
        Dataset registered = room.Catalog.Current.Datasets.Values.Single(dataset => dataset.Access is AccessLevel.Registered);
        Dataset open = room.Catalog.Current.Datasets.Values.Single(dataset => dataset.Access is AccessLevel.Open);
        IssuedKey key = (await room.Store.AddKeyAsync("anna", "one", null, Read($"downloads {registered.Code}"), "test", CancellationToken.None)).Value.ShouldNotBeNull();
        AccountsNode node = await room.NodeAsync();

        Caller caller = node.Bearer(key.Reveal()).Caller.ShouldNotBeNull();
        Decide(registered, caller).ShouldBe(AccessKind.Allowed);
        Decide(open, caller).ShouldBe(AccessKind.BeyondKey);
        string query = node.Sign("/files/x", key.Id, room.Time.GetUtcNow().AddDays(1));
        Decide(open, node.Link("/files/x", query).Caller.ShouldNotBeNull()).ShouldBe(AccessKind.BeyondKey);
        Decide(open, node.Callers.Again(caller).Caller.ShouldNotBeNull()).ShouldBe(AccessKind.BeyondKey);

        StoredKey stored = (await room.Store.ListKeysAsync(account.Id, CancellationToken.None)).Single();
        stored.Limits.ToString().ShouldBe($"downloads {registered.Code}");
        (await room.Store.AuditOfAsync(account.Id, 1, CancellationToken.None)).Single().After.ShouldBe($"one, for downloads {registered.Code}");
        (await room.Store.AddKeyAsync("anna", "two", null, Read("XX-*"), "test", CancellationToken.None)).Fault!.Text.ShouldContain("'XX-*'");

        AccessKind Decide(Dataset dataset, Caller who) => AccessDecision.Decide(dataset, room.Catalog.Current, who).Kind;
    }

    [Fact]
    public async Task A_key_whose_limits_cannot_be_read_is_for_nothing_and_disturbs_no_other()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync();
        IssuedKey key = await room.KeyAsync();
        await room.Sql.WriteAsync(
            transaction => transaction.Connection!.ExecuteAsync("UPDATE account_keys SET scope = 'uploads' WHERE id = @Id", new { key.Id }, transaction), CancellationToken.None);
        IssuedKey other = await room.KeyAsync();
        AccountsNode node = await room.NodeAsync();
        KeyScope limits = node.Bearer(key.Reveal()).Caller.ShouldNotBeNull().Limits.ShouldNotBeNull();
        limits.MayDownload("CN-PA-TXTS-10-A").ShouldBeFalse();
        limits.MayCall("GET", "/api/v1/me").ShouldBeFalse();
        node.Bearer(other.Reveal()).Caller.ShouldNotBeNull().Limits.ShouldBe(KeyScope.All);
    }

    private static KeyScope Read(string? text)
    {
        KeyScope.TryParse(text, out KeyScope scope).ShouldBeNull();
        return scope;
    }
}
