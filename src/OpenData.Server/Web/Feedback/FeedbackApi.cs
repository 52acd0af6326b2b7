using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Feedback;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;

namespace OpenData.Server.Web.Feedback;

/// <summary><c>/api/v1/feedback</c> (problems of the data) and <c>/api/v1/requests</c> (data that are not there): to write one with a key, and to see what became of it.</summary>
internal static class FeedbackApi
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        Map(endpoints.MapGroup("/api/v1/feedback").WithTags("Feedback"), FeedbackKind.Problem, "Reports a problem of a dataset, an edition or a document");
        Map(endpoints.MapGroup("/api/v1/requests").WithTags("Feedback"), FeedbackKind.Request, "Asks for data that are not there");
    }

    private static void Map(RouteGroupBuilder group, FeedbackKind kind, string summary)
    {
        group.MapGet("", (HttpRequest request, FeedbackQueries queries, CancellationToken stop) => ListAsync(kind, request, queries, stop))
            .WithSummary("What was written, the newest first")
            .WithQuery("state", JsonSchemaType.String, "new, review, answered, resolved or declined.")
            .WithQuery("dataset", JsonSchemaType.String, "Code of a dataset.")
            .WithQuery("after", JsonSchemaType.Integer, "The last number of the page before.")
            .WithLimit();
        group.MapGet("/{number:long}", (long number, FeedbackQueries queries, CancellationToken stop) => FindAsync(kind, number, queries, stop)).WithSummary("One entry with the office's answers");
        group.MapPost("", (FeedbackRequest body, HttpContext http, FeedbackStore store, FeedbackQueries queries, ICurrentCatalog catalog, CancellationToken stop) =>
            WriteAsync(kind, body, http, store, queries, catalog, stop)).RequireAccount().WithSummary(summary);
    }

    private static async Task<Results<Ok<Page<FeedbackSummary>>, Problems>> ListAsync(FeedbackKind kind, HttpRequest request, FeedbackQueries queries, CancellationToken stop)
    {
        QueryValues query = new(request);
        string? state = query.Word("state", "new", "review", "answered", "resolved", "declined");
        string? dataset = query.Text("dataset");
        long after = query.Number("after", 0, 1, long.MaxValue);
        int limit = query.Limit();
        if (query.Problem is { } problem)
        {
            return problem;
        }
        FeedbackFilter filter = new() { Kind = kind, States = FeedbackText.StateOf(state) is { } one ? [one] : [], Dataset = dataset, PublicOnly = true };
        IReadOnlyList<FeedbackItem> oneMore = await queries.PageAsync(filter, after == 0 ? null : after, limit + 1, stop);
        return TypedResults.Ok(query.Page([.. oneMore.Select(item => FeedbackSummary.Of(item))], limit, item => item.Number.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<Results<Ok<FeedbackSummary>, Problems>> FindAsync(FeedbackKind kind, long number, FeedbackQueries queries, CancellationToken stop) =>
        await queries.FindAsync(number, stop) is { IsPublic: true } item && item.Kind == kind
            ? TypedResults.Ok(FeedbackSummary.Of(item, await queries.AnswersAsync(number, stop)))
            : Problems.NotFound("There is no such entry, or it is no longer shown.");

    private static async Task<Results<Created<FeedbackSummary>, Problems>> WriteAsync(
        FeedbackKind kind, FeedbackRequest body, HttpContext http, FeedbackStore store, FeedbackQueries queries, ICurrentCatalog catalog, CancellationToken stop)
    {
        FeedbackDraft draft = new(
            kind,
            body.Dataset?.Trim() ?? "",
            body.Edition?.Trim() ?? "",
            body.Document?.Trim() ?? "",
            body.Title?.Trim() ?? "",
            FeedbackRules.Tidy(body.Body ?? ""),
            body.Contact?.Trim() ?? "");
        if (draft.Faults(catalog.Current).FirstOrDefault() is { } fault)
        {
            return Problems.BadParameter(fault.ToLowerInvariant(), null, Expected(fault));
        }
        // The same request sent again is the same entry (draft-ietf-httpapi-idempotency-key-header).
        string once = http.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 and <= 64 } key ? key : Guid.NewGuid().ToString("N");
        FeedbackResult written = await store.WriteAsync(draft, http.CallerOf().Account!.Id, once, stop);
        http.Response.Headers.CacheControl = "no-store";
        return written.Outcome switch
        {
            FeedbackOutcome.Done => TypedResults.Created(
                string.Create(CultureInfo.InvariantCulture, $"/api/v1/{(kind is FeedbackKind.Request ? "requests" : "feedback")}/{written.Number}"),
                FeedbackSummary.Of((await queries.FindAsync(written.Number, stop))!)),
            FeedbackOutcome.TooMany => Problems.TooMany("The account wrote as many reports and requests as it may in 24 hours. Try again tomorrow.", TimeSpan.FromHours(24)),
            _ => Problems.BadParameter("Idempotency-Key", once, "up to 64 visible characters"),
        };
    }

    private static string Expected(string field) => field switch
    {
        nameof(FeedbackDraft.Dataset) => "the code of a dataset, as listed at /api/v1/datasets",
        nameof(FeedbackDraft.Edition) => "an edition's id such as 20240102, with its dataset",
        nameof(FeedbackDraft.Title) => $"5 to {FeedbackRules.LongestTitle} characters in one line",
        nameof(FeedbackDraft.Body) => $"10 to {FeedbackRules.LongestBody} characters",
        _ => "at most 200 characters in one line",
    };
}

/// <summary>What is sent.</summary>
/// <param name="Dataset">A dataset's code; a request may be without.</param>
/// <param name="Edition">An edition's id.</param>
/// <param name="Document">A document's number or a file's name.</param>
/// <param name="Title">In a line; everybody may read it.</param>
/// <param name="Body">In words; everybody may read it.</param>
/// <param name="Contact">For the office only.</param>
internal sealed record FeedbackRequest(string? Dataset, string? Edition, string? Document, string? Title, string? Body, string? Contact);

/// <summary>An entry as everybody sees it: without who wrote it.</summary>
internal sealed record FeedbackSummary(
    long Number, string Kind, string State, string? Dataset, string? Edition, string? Document, string Title, string Body, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, IReadOnlyList<AnswerSummary>? Answers)
{
    public static FeedbackSummary Of(FeedbackItem item, IReadOnlyList<FeedbackAnswer>? answers = null) => new(
        item.Number,
        item.Kind.ToText(),
        item.State.ToText(),
        item.Dataset,
        item.Edition,
        item.Document,
        item.Title,
        item.Body,
        item.CreatedAt,
        item.UpdatedAt,
        answers is null ? null : [.. answers.Select(answer => new AnswerSummary(answer.At, answer.Body))]);
}

/// <summary>An answer of the office.</summary>
/// <param name="At">When.</param>
/// <param name="Body">What was answered.</param>
internal sealed record AnswerSummary(DateTimeOffset At, string Body);
