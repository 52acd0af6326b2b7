using System.Net;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;

namespace OpenData.Server.Feeds.Webhooks;

/// <summary><c>/api/v1/webhooks</c>: an account's own; <c>/api/v1/admin/webhooks</c>: a curator's view of all.</summary>
internal static class WebhookEndpoints
{
    private const int LongestUrl = 2000;

    public static void MapWebhooks(this IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder own = endpoints.MapGroup("/api/v1/webhooks").RequireAccount().WithTags("Webhooks");
        own.MapPost("", AddAsync).WithSummary("Subscribes an address to changes from now on. The secret that signs them is told this once");
        Map(own, http => http.CallerOf().Account!.Id);
        Map(endpoints.MapGroup("/api/v1/admin/webhooks").RequireAdmin().WithTags("Webhooks"), _ => null);
    }

    private static void Map(RouteGroupBuilder group, Func<HttpContext, string?> owner)
    {
        group.MapGet("", async Task<Results<Ok<Page<WebhookSummary>>, Problems>> (HttpContext http, WebhookStore store, CancellationToken stop) =>
        {
            QueryValues query = new(http.Request);
            string? after = query.Text("after");
            int limit = query.Limit();
            if (query.Problem is { } problem)
            {
                return problem;
            }
            IReadOnlyList<Webhook> page = await store.ListAsync(owner(http), after, limit + 1, stop);
            return TypedResults.Ok(query.Page([.. page.Select(WebhookSummary.Of)], limit, hook => hook.Id));
        }).WithSummary("Webhooks, each with how far it was told and why it fails").WithLimit();
        group.MapGet("/{id}", async Task<Results<Ok<WebhookSummary>, Problems>> (string id, HttpContext http, WebhookStore store, CancellationToken stop) =>
            await store.FindAsync(id, owner(http), stop) is { } hook ? TypedResults.Ok(WebhookSummary.Of(hook)) : s_unknown).WithSummary("One webhook");
        group.MapDelete("/{id}", async Task<Results<NoContent, Problems>> (string id, HttpContext http, WebhookStore store, CancellationToken stop) =>
            await store.RemoveAsync(id, owner(http), stop) ? TypedResults.NoContent() : s_unknown).WithSummary("Ends a subscription");
        group.MapPost("/{id}/enable", async Task<Results<NoContent, Problems>> (string id, HttpContext http, WebhookStore store, CancellationToken stop) =>
            await store.EnableAsync(id, owner(http), stop) ? TypedResults.NoContent() : s_unknown).WithSummary("Starts a disabled webhook again, where it stopped");
    }

    private static readonly Problems s_unknown = Problems.NotFound("There is no such webhook. Yours are listed at /api/v1/webhooks.");

    private static async Task<Results<Created<WebhookSummary>, Problems>> AddAsync(
        WebhookRequest body, HttpContext http, WebhookStore store, Releases.ChangeFeed feed, ICurrentCatalog catalog, IOptions<FeedsOptions> options, CancellationToken stop)
    {
        IReadOnlyList<string> datasets = body.Datasets ?? [];
        if (UrlFault(body.Url, options.Value) is { } fault)
        {
            return Problems.BadParameter("url", body.Url, fault);
        }
        if (datasets.FirstOrDefault(code => !catalog.Current.Datasets.ContainsKey(code)) is { } unknown)
        {
            return Problems.BadParameter("datasets", unknown, "the code of a dataset, as listed at /api/v1/datasets");
        }
        Webhook? hook = await store.AddAsync(http.CallerOf().Account!.Id, body.Url!, datasets, await feed.HeadAsync(stop), stop);
        if (hook is null)
        {
            return Problems.BadParameter("url", body.Url, $"one of at most {WebhookStore.MostOfAccount} webhooks of an account; remove another one first");
        }
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/api/v1/webhooks/{hook.Id}", WebhookSummary.Of(hook) with { Secret = WebhookMessage.Reveal(hook.Secret) });
    }

    /// <summary>What can be told of an address at once; where a name leads to is looked at with each connection.</summary>
    private static string? UrlFault(string? url, FeedsOptions options)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0 || url.Length > LongestUrl)
        {
            return "an absolute http or https address without user and password, of at most 2,000 characters";
        }
        return IPAddress.TryParse(address.DnsSafeHost, out IPAddress? literal) && !options.WebhookGuard.Allows(literal)
            ? "an address that can be reached from anywhere; private and loopback addresses are refused"
            : null;
    }
}

/// <param name="Url">Where changes are posted to.</param>
/// <param name="Datasets">Codes of the datasets to be told of; left out or empty for all.</param>
[System.Text.Json.Serialization.JsonUnmappedMemberHandling(System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow)] // a misspelled list must not become everything
internal sealed record WebhookRequest(string? Url, IReadOnlyList<string>? Datasets);

/// <summary>A webhook as the API shows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AccountId">Whose it is.</param>
/// <param name="Url">Where changes are posted to.</param>
/// <param name="Datasets">Of which datasets; empty for all.</param>
/// <param name="State"><c>active</c> or <c>disabled</c>.</param>
/// <param name="Reason">Why the last attempt failed, or why it is disabled.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Serial">The last change that is done.</param>
/// <param name="DeliveredAt">When one was delivered last.</param>
/// <param name="FailingSince">Since when every attempt failed.</param>
/// <param name="NextAt">When it is tried again, where it fails.</param>
/// <param name="Secret">What signs, in the form of Standard Webhooks; told once, when the webhook is made.</param>
internal sealed record WebhookSummary(
    string Id,
    string AccountId,
    string Url,
    IReadOnlyList<string> Datasets,
    string State,
    string? Reason,
    DateTimeOffset CreatedAt,
    long Serial,
    DateTimeOffset? DeliveredAt,
    DateTimeOffset? FailingSince,
    DateTimeOffset? NextAt,
    string? Secret = null)
{
    public static WebhookSummary Of(Webhook hook) => new(
        hook.Id,
        hook.AccountId,
        hook.Url,
        hook.Datasets.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        hook.State,
        hook.Reason,
        hook.CreatedAt,
        hook.Serial,
        hook.DeliveredAt,
        hook.FailingSince,
        hook.State == "active" && hook.FailingSince is not null ? hook.NextAt : null);
}
