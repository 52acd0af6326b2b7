using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Web.Desk;

namespace OpenData.Server.Web.Admin;

/// <summary><c>/api/v1/admin</c>: the curator's desk over HTTP, by the same roles as its pages. Every act leaves its line in the trail.</summary>
public static partial class AdminApi
{
    /// <summary>Maps the addresses.</summary>
    public static IEndpointRouteBuilder MapAdminApi(this IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder admin = endpoints.MapGroup("/api/v1/admin").RequireApiRole(Role.Curator);
        admin.MapGet("/editions", EditionsAsync)
            .WithSummary("Every edition with its state, reason and findings")
            .WithQuery("dataset", JsonSchemaType.String, "Only of this dataset.")
            .WithQuery("state", JsonSchemaType.String, "running, held, published, failed, rejected, withdrawn, or late: due by its schedule and not here.")
            .WithQuery("after", JsonSchemaType.String, "The last edition of the page before: CODE/EDITION.")
            .WithLimit();
        admin.MapGet("/runs", RunsAsync)
            .WithSummary("Packaging runs, the newest first")
            .WithQuery("dataset", JsonSchemaType.String, "Only of this dataset.")
            .WithQuery("state", JsonSchemaType.String, "running, published, held, unchanged, failed, cancelled or abandoned.")
            .WithQuery("after", JsonSchemaType.String, "The id of the last run of the page before.")
            .WithLimit();
        admin.MapPost("/datasets/{dataset}/run", RunAsync).WithSummary("Looks for due editions of a dataset now: on this node if it is a worker, else on the next one that asks");
        admin.MapPost("/editions/{dataset}/{edition}/publish", PublishAsync).WithSummary("Publishes a held edition as it was packaged");
        admin.MapPost("/editions/{dataset}/{edition}/reject", RejectAsync).WithSummary("Refuses a held edition");
        admin.MapPost("/releases/{dataset}/{edition}/{revision}/withdraw", WithdrawAsync).WithSummary("Withdraws a release; a tombstone with the reason remains");
        MapHolds(admin);
        MapRuns(admin);
        MapSchedule(admin);
        MapBackFiles(admin);
        MapWithdrawals(admin);
        MapSigningKeys(endpoints.MapGroup("/api/v1/admin").RequireApiRole(Role.Admin));
        MapAccounts(endpoints.MapGroup("/api/v1/admin").RequireApiRole(Role.AccountOfficer), endpoints.MapGroup("/api/v1/admin").RequireApiRole(Role.Admin));
        MapKeys(endpoints.MapGroup("/api/v1/admin").RequireApiRole(Role.AccountOfficer));
        MapTrail(endpoints.MapGroup("/api/v1/admin").RequireApiRole(Role.Auditor));
        admin.MapScrub();
        return endpoints;
    }

    private static async Task<Results<Ok<Page<EditionSummary>>, Problems>> EditionsAsync(HttpRequest request, EditionStates editions, LateEditions lateEditions, CancellationToken stop)
    {
        QueryValues query = new(request);
        string? dataset = query.Text("dataset");
        string? word = query.Word("state", "running", "held", "published", "failed", "rejected", "withdrawn", Late);
        (string, string)? after = query.Text("after")?.Split('/') switch
        {
            null => null,
            [var code, var edition] => (code, edition),
            _ => query.Wrong<(string, string)?>("after", query.Text("after"), "CODE/EDITION; take it from 'next'"),
        };
        int limit = query.Limit();
        if (query.Problem is { } problem)
        {
            return problem;
        }
        EditionState? state = word is null or Late ? null : Enum.Parse<EditionState>(word, ignoreCase: true);
        IReadOnlyList<Edition> page = word is Late ? [] : await editions.PageAsync(dataset, state, after, limit + 1, stop);
        IReadOnlyList<LateEdition> late = word is null or Late ? await lateEditions.ListAsync(dataset, stop) : [];
        // Both lists are in order of dataset and edition: they are put together, and cut where the first one was.
        EditionSummary[] together =
        [
            .. page.Select(EditionSummary.Of)
                .Concat(late.Select(EditionSummary.Of).Where(edition => after is not { } last || Compare((edition.Dataset, edition.Edition), last) > 0))
                .OrderBy(edition => edition.Dataset, StringComparer.Ordinal)
                .ThenBy(edition => edition.Edition, StringComparer.Ordinal)
                .Take(limit + 1),
        ];
        return TypedResults.Ok(query.Page(together, limit, edition => $"{edition.Dataset}/{edition.Edition}"));
    }

    private const string Late = "late";

    private static int Compare((string Dataset, string Edition) a, (string Dataset, string Edition) b) =>
        string.CompareOrdinal(a.Dataset, b.Dataset) is not 0 and int order ? order : string.CompareOrdinal(a.Edition, b.Edition);

    private static async Task<Results<Ok<Page<Run>>, Problems>> RunsAsync(HttpRequest request, RunHistory history, CancellationToken stop)
    {
        QueryValues query = new(request);
        string? dataset = query.Text("dataset");
        string? state = query.Word("state", "running", "published", "held", "unchanged", "failed", "cancelled", "abandoned");
        string? before = query.Text("after");
        int limit = query.Limit();
        return query.Problem is { } problem
            ? problem
            : TypedResults.Ok(query.Page(await history.ListAsync(dataset, state, before, limit + 1, stop), limit, run => run.Id));
    }

    private static async Task<Results<Accepted, Problems>> RunAsync(
        string dataset, HttpContext http, ICurrentCatalog catalog, RunNow runNow, AuditTrail audit, ILogger<RunHistory> log, CancellationToken stop)
    {
        if (!catalog.Current.Datasets.ContainsKey(dataset))
        {
            return DatasetsApi.UnknownDataset;
        }
        await runNow.AskAsync(dataset, stop);
        await audit.AddAsync(http.Act("dataset.run", dataset), stop);
        LogDecision(log, http.CallerOf().Account!.Name, "ran", dataset, "by hand");
        return TypedResults.Accepted($"/api/v1/admin/runs?dataset={dataset}");
    }

    private static async Task<Results<Ok<Manifest>, Problems>> PublishAsync(
        string dataset, string edition, HttpContext http, ICurrentCatalog catalog, Holds holds, AuditTrail audit, ILogger<Holds> log, CancellationToken stop)
    {
        Publication? publication;
        try
        {
            publication = catalog.Current.Datasets.TryGetValue(dataset, out Dataset? known) ? await holds.ApproveAsync(known, edition, audit.Of(http.Act("edition.publish", $"{dataset}/{edition}", before: "held", after: "published")), stop) : null;
        }
        catch (Exception e) when (e is HoldChangedException or WithdrawnMeanwhileException or ReleaseConflictException or BarrierFailedException)
        {
            return Problems.Conflict(e.Message);
        }
        if (publication is null)
        {
            return Problems.NotFound($"No edition {dataset}/{edition} is held with a package. See /api/v1/admin/editions?state=held.");
        }
        LogDecision(log, http.CallerOf().Account!.Name, "published", publication.Manifest.Id().ToString(), "it was held");
        return TypedResults.Ok(publication.Manifest);
    }

    private static async Task<Results<NoContent, Problems>> RejectAsync(
        string dataset, string edition, Decision decision, HttpContext http, Holds holds, AuditTrail audit, ILogger<Holds> log, CancellationToken stop)
    {
        if (decision.Fault() is { } fault)
        {
            return fault;
        }
        if (!await holds.RejectAsync(dataset, edition, decision.Reason!, audit.Of(http.Act("edition.reject", $"{dataset}/{edition}", decision.Reason, "held", "rejected")), stop))
        {
            return Problems.NotFound($"The edition {dataset}/{edition} is not held. See /api/v1/admin/editions?state=held.");
        }
        LogDecision(log, http.CallerOf().Account!.Name, "rejected", $"{dataset}/{edition}", decision.Reason!);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, Problems>> WithdrawAsync(
        string dataset, string edition, string revision, Decision decision, HttpContext http, Withdrawals withdrawals, AuditTrail audit, ILogger<Withdrawals> log, CancellationToken stop)
    {
        if (decision.Fault() is { } fault)
        {
            return fault;
        }
        if (!ReleaseId.TryParse($"{dataset}/{edition}/{revision}", out ReleaseId release) || !await withdrawals.WithdrawAsync(release, decision.Reason!, audit.Of(http.Act("release.withdraw", $"{dataset}/{edition}/{revision}", decision.Reason)), stop))
        {
            return Problems.NotFound($"There is no release {dataset}/{edition}/{revision}, or it is withdrawn already.");
        }
        LogDecision(log, http.CallerOf().Account!.Name, "withdrew", release.ToString(), decision.Reason!);
        return TypedResults.NoContent();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Curator} {Decided} {What}: {Reason}")]
    private static partial void LogDecision(ILogger log, string curator, string decided, string what, string reason);
}

/// <summary>An edition as the API lists it.</summary>
/// <param name="Dataset">The dataset's code.</param>
/// <param name="Edition">The edition's id.</param>
/// <param name="State"><c>running</c>, <c>held</c>, <c>published</c>, <c>failed</c>, <c>rejected</c>, <c>withdrawn</c> or <c>late</c>.</param>
/// <param name="Reason">Why it is late, held, failed, rejected or withdrawn.</param>
/// <param name="Findings">What looked wrong, the most severe first.</param>
/// <param name="ReadyAt">When its delivery was ready, in UTC.</param>
/// <param name="UpdatedAt">When its state last changed, in UTC.</param>
public sealed record EditionSummary(
    string Dataset, string Edition, string State, string? Reason, IReadOnlyList<FindingSummary> Findings, DateTimeOffset? ReadyAt, DateTimeOffset UpdatedAt)
{
    /// <summary>Of one that has not come; its last change is when it was due.</summary>
    public static EditionSummary Of(LateEdition late) => new(
        late.Dataset, late.Edition, "late", late.Reason, [new FindingSummary("warning", "late", null, late.Reason, Holds: false)], null, late.Expected.DueAt);

    /// <summary>Of an edition.</summary>
    public static EditionSummary Of(Edition edition) => new(
        edition.Dataset,
        edition.Id,
        edition.State.ToString().ToLowerInvariant(),
        edition.Reason,
        [.. edition.Findings.Select(finding => new FindingSummary(finding.Severity.ToString().ToLowerInvariant(), finding.Code, finding.File, finding.Message, finding.Holds))],
        edition.ReadyAt,
        edition.UpdatedAt);
}

/// <param name="Severity"><c>note</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="Code">Its kind, such as <c>hostile-name</c>.</param>
/// <param name="File">The entry that it is about.</param>
/// <param name="Message">What is wrong, and what was expected.</param>
/// <param name="Holds">True where it alone holds the edition.</param>
public sealed record FindingSummary(string Severity, string Code, string? File, string Message, bool Holds);

/// <param name="Reason">Why, for the record and for whoever asks later; 1 to 1,000 characters.</param>
public sealed record Decision(string? Reason)
{
    internal Problems? Fault() => string.IsNullOrWhiteSpace(Reason) || Reason.Length > 1000
        ? Problems.BadParameter("reason", Reason, "a text of 1 to 1,000 characters in the body: {\"reason\": \"…\"}")
        : null;
}
