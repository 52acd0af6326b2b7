using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OpenData.Server.Accounts;
using OpenData.Server.Database;
using OpenData.Server.Feeds;
using OpenData.Server.Feeds.Webhooks;
using OpenData.Server.Releases;
using OpenData.Tests.Gateway;
using OpenData.Tests.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Feeds;

/// <summary>Subscribers that are told of changes, over real connections and both databases.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private const string Local = "127.0.0.0/8";
    private readonly FakeTime _time = new();
    private WebhookReceiver _receiver = null!;

    public async Task InitializeAsync() => _receiver = await WebhookReceiver.StartAsync();

    public async Task DisposeAsync() => await _receiver.DisposeAsync();

    [Fact]
    public async Task A_subscriber_is_told_what_it_asked_for_in_order_and_can_prove_who_told()
    {
        await using GatewayHost host = await GatewayHost.StartAsync(("OpenData:Feeds:WebhookNetworks", Local));
        (_, string key) = await host.AccountAsync("anna");
        await host.Of<SqlDatabase>().TellChangedAsync(GatewayHost.Open);
        using HttpRequestMessage subscribe = new(HttpMethod.Post, "/api/v1/webhooks") { Content = JsonContent.Create(new { url = _receiver.Url, datasets = new[] { GatewayHost.Open } }) };
        subscribe.Headers.Authorization = new("Bearer", key);
        using HttpResponseMessage made = await host.Client.SendAsync(subscribe);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        JsonElement hook = await made.Content.ReadFromJsonAsync<JsonElement>();
        byte[] secret = Convert.FromBase64String(hook.GetProperty("secret").GetString()!["whsec_".Length..]);

        foreach (string code in new[] { GatewayHost.Open, GatewayHost.Registered, GatewayHost.Open })
        {
            await host.Of<SqlDatabase>().TellChangedAsync(code);
        }
        await Eventually.TrueAsync(() => Task.FromResult(_receiver.Deliveries.Count == 2), "both changes of the dataset came");
        _receiver.Deliveries.Select(delivery => delivery.Serial).ShouldBe([2, 4], "from now on, and only of this dataset");
        foreach (Delivery delivery in _receiver.Deliveries)
        {
            byte[] signed = [.. Encoding.UTF8.GetBytes($"{delivery.Id}.{delivery.Timestamp}."), .. delivery.Body];
            delivery.Signature.ShouldBe("v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, signed)));
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(delivery.Timestamp, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(1));
        }

        // It sees how far it was told, nobody else does, and the secret is not told again.
        string path = "/api/v1/webhooks/" + hook.GetProperty("id").GetString();
        await Eventually.TrueAsync(async () => (await (await host.SendAsync(path, key)).Content.ReadAsStringAsync()).Contains("\"serial\":4", StringComparison.Ordinal), "the cursor stands at the head");
        (await (await host.SendAsync(path, key)).Content.ReadAsStringAsync()).ShouldNotContain("whsec_");
        (_, string other) = await host.AccountAsync("berta");
        (await host.SendAsync(path, other)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await host.SendAsync(path, other, "DELETE")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await host.SendAsync("/api/v1/admin/webhooks", key)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await host.SendAsync(path, key, "DELETE")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await host.SendAsync(path, key)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/")]
    [InlineData("http://[::ffff:10.0.0.1]/")]
    [InlineData("ftp://example.org/")]
    [InlineData("http://a:b@example.org/")]
    [InlineData("hook")]
    public async Task An_address_that_cannot_be_is_refused_at_once(string url)
    {
        await using GatewayHost host = await GatewayHost.StartAsync();
        (_, string key) = await host.AccountAsync("anna");
        using HttpRequestMessage subscribe = new(HttpMethod.Post, "/api/v1/webhooks") { Content = JsonContent.Create(new { url }) };
        subscribe.Headers.Authorization = new("Bearer", key);
        (await host.Client.SendAsync(subscribe)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task What_fails_is_tried_again_in_order_and_nothing_is_lost(DatabaseKind kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        Node node = await NodeAsync(database.Sql, Local);
        Webhook hook = await SubscribeAsync(node, database.Sql);
        await node.ChangeAsync(5);
        _receiver.Answer = delivery => delivery.Serial == 3 && _receiver.Deliveries.Count(past => past.Serial == 3) < 4 ? 503 : 200;
        int rounds = 0;
        for (; (await node.Store.FindAsync(hook.Id, null, CancellationToken.None))!.Serial < 5 && rounds < 10; rounds++)
        {
            await node.SendAsync();
            await node.SendAsync(); // not before its time
            _time.Advance(TimeSpan.FromMinutes(2));
        }
        _receiver.Deliveries.Select(delivery => delivery.Serial).ShouldBe([1, 2, 3, 3, 3, 3, 4, 5]);
        _receiver.Deliveries.Where(delivery => delivery.Serial == 3).Select(delivery => delivery.Id).Distinct().ShouldHaveSingleItem("a repetition has the same id");
        Webhook healthy = (await node.Store.FindAsync(hook.Id, null, CancellationToken.None))!;
        healthy.FailingSince.ShouldBeNull();
        healthy.Failures.ShouldBe(0);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task After_a_day_of_failures_it_is_disabled_with_a_notice_and_can_go_on_where_it_stopped(DatabaseKind kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        Node node = await NodeAsync(database.Sql, Local);
        Webhook hook = await SubscribeAsync(node, database.Sql);
        await node.ChangeAsync(2);
        _receiver.Answer = _ => 500;
        DateTimeOffset began = _time.GetUtcNow();
        Webhook now;
        do
        {
            await node.SendAsync();
            now = (await node.Store.FindAsync(hook.Id, null, CancellationToken.None))!;
            _time.Advance(TimeSpan.FromMinutes(20));
        }
        while (now.State == "active" && _time.GetUtcNow() - began < TimeSpan.FromDays(2));
        now.State.ShouldBe("disabled");
        now.Reason!.ShouldContain("24 hours");
        now.Reason!.ShouldContain("500");
        (_time.GetUtcNow() - began).ShouldBeInRange(TimeSpan.FromHours(24), TimeSpan.FromHours(26));
        int tried = _receiver.Deliveries.Count;
        tried.ShouldBeInRange(20, 60, "with back-off");
        _time.Advance(TimeSpan.FromDays(1));
        await node.SendAsync();
        _receiver.Deliveries.Count.ShouldBe(tried, "it is left alone");

        _receiver.Answer = _ => 200;
        (await node.Store.EnableAsync(hook.Id, hook.AccountId, CancellationToken.None)).ShouldBeTrue();
        await node.SendAsync();
        _receiver.Deliveries.Skip(tried).Select(delivery => delivery.Serial).ShouldBe([1, 2]);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Several_nodes_tell_a_change_once_and_a_dead_one_is_replaced(DatabaseKind kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        await using SqlDatabase secondSql = database.OpenAnother();
        Node first = await NodeAsync(database.Sql, Local);
        Webhook hook = await SubscribeAsync(first, database.Sql);
        await first.ChangeAsync(20);
        Node second = await NodeAsync(secondSql, Local);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? first : second).SendAsync()));
        _receiver.Deliveries.Select(delivery => delivery.Serial).ShouldBe(Enumerable.Range(1, 20).Select(serial => (long)serial));

        // One that took it and died keeps it for a while, and no longer.
        await first.ChangeAsync(1);
        (await first.Store.TakeAsync(hook.Id, CancellationToken.None)).ShouldNotBeNull();
        await second.SendAsync();
        _receiver.Deliveries.Count.ShouldBe(20);
        _time.Advance(WebhookStore.LeaseTime + TimeSpan.FromSeconds(1));
        await second.SendAsync();
        _receiver.Deliveries.Last().Serial.ShouldBe(21);
    }

    [Fact]
    public async Task What_a_late_sender_writes_does_not_count()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        Node node = await NodeAsync(database.Sql, Local);
        Webhook hook = await SubscribeAsync(node, database.Sql);
        await node.ChangeAsync(3);
        Webhook slept = (await node.Store.TakeAsync(hook.Id, CancellationToken.None))!;
        _time.Advance(WebhookStore.LeaseTime + TimeSpan.FromSeconds(1));
        await node.SendAsync();
        (await node.Store.AdvanceAsync(slept, 1, delivered: true, release: true, CancellationToken.None)).ShouldBeFalse();
        (await node.Store.FindAsync(hook.Id, null, CancellationToken.None))!.Serial.ShouldBe(3);
    }

    [Fact]
    public async Task Neither_a_private_address_nor_a_redirect_is_followed_and_410_ends_it()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        Node closed = await NodeAsync(database.Sql, "");
        Webhook hook = await SubscribeAsync(closed, database.Sql);
        await closed.ChangeAsync(1);
        await closed.SendAsync();
        _receiver.Deliveries.ShouldBeEmpty();
        (await closed.Store.FindAsync(hook.Id, null, CancellationToken.None))!.Reason!.ShouldContain("no public address");

        Node open = await NodeAsync(database.Sql, Local);
        _receiver.Answer = _ => 307;
        _time.Advance(TimeSpan.FromMinutes(1));
        await open.SendAsync();
        _receiver.Deliveries.Count.ShouldBe(1);
        (await open.Store.FindAsync(hook.Id, null, CancellationToken.None))!.Reason!.ShouldContain("redirects are not followed");

        _receiver.Answer = _ => 410;
        _time.Advance(TimeSpan.FromMinutes(1));
        await open.SendAsync();
        (await open.Store.FindAsync(hook.Id, null, CancellationToken.None))!.State.ShouldBe("disabled");
    }

    [Fact]
    public void Pauses_double_up_to_an_hour()
    {
        Enumerable.Range(1, 12).Select(failures => WebhookBackoff.Pause(failures, 0.5).TotalSeconds).ShouldBe([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
        WebhookBackoff.Pause(1, 0).TotalSeconds.ShouldBe(4.5);
        WebhookBackoff.Pause(int.MaxValue, 1).TotalSeconds.ShouldBe(3960);
    }

    private async Task<Webhook> SubscribeAsync(Node node, SqlDatabase sql)
    {
        Account account = (await new AccountStore(sql, new HandMadeCatalog(), _time).AddAsync("anna", null, "registered", AccountState.Active, [], "test", CancellationToken.None)).Value!;
        return (await node.Store.AddAsync(account.Id, _receiver.Url, [], 0, CancellationToken.None))!;
    }

    private async Task<Node> NodeAsync(SqlDatabase sql, string networks)
    {
        ChangeFeed feed = new(sql, _time);
        ChangeWatch watch = new(feed, new NeverStops(), _time, NullLogger<ChangeWatch>.Instance);
        await watch.RefreshAsync(CancellationToken.None);
        WebhookStore store = new(sql, _time);
        WebhookSender sender = new(store, feed, watch, Options.Create(new FeedsOptions { WebhookNetworks = networks }), _time, NullLogger<WebhookSender>.Instance);
        return new Node(sql, watch, store, sender);
    }

    private sealed record Node(SqlDatabase Sql, ChangeWatch Watch, WebhookStore Store, WebhookSender Sender)
    {
        public async Task ChangeAsync(int times)
        {
            for (int i = 0; i < times; i++)
            {
                await Sql.TellChangedAsync("CN-PA-OPEN");
            }
        }

        public async Task SendAsync()
        {
            await Watch.RefreshAsync(CancellationToken.None);
            await Sender.SendDueAsync(Watch.Head, CancellationToken.None);
        }
    }

    private sealed class NeverStops : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
