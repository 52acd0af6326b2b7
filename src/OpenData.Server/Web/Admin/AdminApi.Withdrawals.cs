using System.Data.Common;
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

/// <content>Withdrawals of editions and of single documents.</content>
public static partial class AdminApi
{
    private static void MapWithdrawals(RouteGroupBuilder admin)
    {
        admin.MapPost("/editions/{dataset}/{edition}/withdraw", WithdrawEditionAsync)
            .WithSummary("Withdraws an edition, a revision or one document of it; with preview only says what would happen");
        admin.MapGet("/documents", DocumentsAsync)
            .WithSummary("Documents that were withdrawn and are never packaged again")
            .WithQuery("dataset", JsonSchemaType.String, "Only of this dataset.");
        admin.MapPost("/documents/{dataset}/allow", AllowDocumentAsync).WithSummary("Lets a withdrawn document be packaged again");
    }

    private static async Task<Results<Ok<WithdrawalSummary>, Problems>> WithdrawEditionAsync(
        string dataset, string edition, WithdrawalRequest request, HttpContext http, ICurrentCatalog catalog, Withdrawals withdrawals, AuditTrail audit, ILogger<Withdrawals> log, CancellationToken stop)
    {
        if (request.Fault() is { } fault)
        {
            return fault;
        }
        if (!catalog.Current.Datasets.TryGetValue(dataset, out Dataset? known))
        {
            return DatasetsApi.UnknownDataset;
        }
        int? revision = ReleaseId.TryParseRevision(request.Revision, out int number) ? number : null;
        Func<DbTransaction, Task> also = audit.Of(request.Document is { } about
            ? http.Act("document.withdraw", $"{dataset}/{edition}", request.Reason, about)
            : http.Act("release.withdraw", $"{dataset}/{edition}{(revision is null ? "" : "/" + request.Revision)}", request.Reason));
        WithdrawalEffect? effect = (request.Document, request.Preview) switch
        {
            (null, true) => await withdrawals.PreviewAsync(dataset, edition, revision, stop),
            (null, false) => await withdrawals.WithdrawAsync(dataset, edition, revision, request.Reason!, also, stop),
            ({ } document, true) => await withdrawals.PreviewDocumentAsync(known, edition, document, stop),
            ({ } document, false) => await withdrawals.WithdrawDocumentAsync(known, edition, document, request.Reason!, also, stop),
        };
        if (effect is null)
        {
            return Problems.NotFound(request.Document is null
                ? $"There is no release of {dataset}/{edition} that could be withdrawn."
                : $"No release of {dataset}/{edition} that is served holds this document. Name it by its publication number as the entries spell it, or by an entry's full name.");
        }
        if (!request.Preview)
        {
            LogDecision(log, http.CallerOf().Account!.Name, "withdrew", $"{dataset}/{edition}{(request.Document is null ? "" : $" document {request.Document}")}", request.Reason!);
            if (effect.RebuiltFrom is not null && http.RequestServices.GetService<ScheduleSync>() is { } schedule)
            {
                await schedule.RunNowAsync(dataset, stop); // other nodes notice by themselves, a little later
            }
        }
        return TypedResults.Ok(WithdrawalSummary.Of(effect));
    }

    private static async Task<Results<Ok<WithdrawnDocument>, Problems>> AllowDocumentAsync(
        string dataset, AllowanceRequest request, HttpContext http, WithdrawnDocuments documents, AuditTrail audit, CancellationToken stop)
    {
        if (new Decision(request.Reason).Fault() is { } fault)
        {
            return fault;
        }
        return await documents.AllowAsync(dataset, request.Document ?? "", audit.Of(http.Act("document.allow", dataset, request.Reason, request.Document)), stop) is { } allowed
            ? TypedResults.Ok(allowed)
            : Problems.NotFound($"No document of this name is withdrawn from {dataset}. Take it from /api/v1/admin/documents?dataset={dataset}.");
    }

    private static async Task<Results<Ok<Page<WithdrawnDocument>>, Problems>> DocumentsAsync(HttpRequest request, WithdrawnDocuments documents, CancellationToken stop)
    {
        QueryValues query = new(request);
        string? dataset = query.Text("dataset");
        return query.Problem is { } problem ? problem : TypedResults.Ok(new Page<WithdrawnDocument>(await documents.ListAsync(dataset, stop), null));
    }
}

/// <param name="Document">As the list of withdrawn documents spells it.</param>
/// <param name="Reason">Why, for the record; 1 to 1,000 characters.</param>
public sealed record AllowanceRequest(string? Document, string? Reason);

/// <param name="Reason">Why, told to everybody who asks for it; 1 to 1,000 characters. Not needed for a preview.</param>
/// <param name="Document">Only this document: a publication number, or the name of an entry.</param>
/// <param name="Revision">Only this revision, such as <c>r1</c>; all of the edition where absent.</param>
/// <param name="Preview">True to change nothing and only say what would happen.</param>
public sealed record WithdrawalRequest(string? Reason, string? Document, string? Revision, bool Preview)
{
    internal Problems? Fault() =>
        !Preview && new Decision(Reason).Fault() is { } fault ? fault
        : Document is not null && (string.IsNullOrWhiteSpace(Document) || Document.Length > EntryName.MaxBytes || Revision is not null)
            ? Problems.BadParameter("document", Document, "a publication number or the name of an entry, without a revision")
        : Revision is not null && !ReleaseId.TryParseRevision(Revision, out _) ? Problems.BadParameter("revision", Revision, "a revision such as r1")
        : null;
}

/// <summary>What a withdrawal did, or would do.</summary>
/// <param name="Releases">The releases that are no longer served: <c>CODE/EDITION/rN</c>.</param>
/// <param name="Files">How many files these have.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Document">The document for whose sake.</param>
/// <param name="Entries">Names of the entries that hold it, the first thousand.</param>
/// <param name="RebuiltFrom">The release out of which a new revision is made without it.</param>
public sealed record WithdrawalSummary(IReadOnlyList<string> Releases, long Files, long Bytes, string? Document, IReadOnlyList<string> Entries, string? RebuiltFrom)
{
    internal static WithdrawalSummary Of(WithdrawalEffect effect) => new(
        [.. effect.Releases.Select(release => release.ToString())], effect.Files, effect.Bytes, effect.Document, effect.Entries, effect.RebuiltFrom?.ToString());
}
