using OpenData.Server.Audit;
using OpenData.Server.Catalog.Edits;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Desk.Catalog;

/// <summary>
/// <c>/admin/catalog</c>: the data directory. Whatever is edited, by a form or as a text, is judged, then shown as a difference, then saved with a reason.
/// </summary>
internal static class DirectoryPages
{
    /// <summary>Where it is.</summary>
    public const string Home = "/admin/catalog";

    /// <summary>Both languages of the longest manual, every character of which may take nine in a form.</summary>
    private const int LongestForm = 4 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("", async (HttpContext http, DirectoryDesk desk, CancellationToken stop) => SitePage.Of<DirectoryPage>(http, await desk.ViewAsync(stop)));
        pages.MapGet("/new", (HttpContext http, DirectoryDesk desk) => SitePage.Of<DatasetFormPage>(http, desk.Form(null, NewDataset, "")));
        pages.MapGet("/datasets/{code}", async (string code, HttpContext http, DirectoryDesk desk, CancellationToken stop) =>
            await desk.FormAsync(code, stop) is { } form ? SitePage.Of<DatasetFormPage>(http, form) : TypedResults.NotFound());
        pages.MapPost("/datasets", JudgeForm).RequireOwnForm();
        pages.MapGet("/text", (string? file, HttpContext http, DirectoryDesk desk) =>
            file is not null && EditableText.IsPath(file) ? SitePage.Of<TextPage>(http, new TextView(desk.Drafts(file), [], null)) : TypedResults.NotFound());
        pages.MapPost("/text", JudgeText).RequireOwnLongForm(LongestForm);
        pages.MapPost("/save", SaveAsync).RequireOwnLongForm(LongestForm);
        pages.MapGet("/edits/{id:long}", async (long id, HttpContext http, DirectoryDesk desk, CancellationToken stop) =>
            await desk.EditAsync(id, Actor(http), null, stop) is { } edit ? SitePage.Of<EditPage>(http, edit) : TypedResults.NotFound());
        pages.MapPost("/edits/{id:long}/approve", (long id, HttpContext http, CatalogEdits edits, CancellationToken stop) =>
            DoAsync(id, http, edits.ApproveAsync(id, Actor(http), Along(http, "catalog.approve"), stop), stop)).RequireOwnForm();
        pages.MapPost("/edits/{id:long}/reject", (long id, HttpContext http, CatalogEdits edits, CancellationToken stop) =>
            DoAsync(id, http, edits.RejectAsync(id, Actor(http), Along(http, "catalog.reject"), stop), stop)).RequireOwnForm();
        pages.MapPost("/edits/{id:long}/undo", (long id, HttpContext http, CatalogEdits edits, CancellationToken stop) =>
            DoAsync(id, http, edits.UndoAsync(id, Actor(http), Along(http, "catalog.undo"), stop), stop)).RequireOwnForm();
    }

    /// <summary>What most datasets have.</summary>
    private static Dictionary<string, string> NewDataset { get; } = new(StringComparer.Ordinal)
    {
        ["category"] = "patent",
        ["access"] = "registered",
        ["provenance"] = "own-proposal",
        ["schedule.cron"] = "0 30 6 ? * MON",
        ["schedule.timeZone"] = "Asia/Shanghai",
        ["schedule.due"] = "P1D",
        ["source.kind"] = "directory",
        ["source.ready"] = "READY",
        ["package.volume"] = "1 GiB",
        ["hold.documents"] = "50%",
        ["hold.bytes"] = "50%",
        ["hold.missing"] = "0",
        ["retention.editions"] = "all",
    };

    private static IResult JudgeForm(HttpContext http, DirectoryDesk desk)
    {
        IFormCollection form = http.Request.Form;
        Dictionary<string, string> values = DatasetYaml.Fields.Where(form.ContainsKey).ToDictionary(name => name, name => http.Request.FormText(name), StringComparer.Ordinal);
        string file = http.Request.FormText("file");
        bool isNew = file.Length == 0;
        string path = isNew ? EditableText.OfDataset(values.GetValueOrDefault("jurisdiction", "").Trim(), values.GetValueOrDefault("code", "").Trim()) : file;
        DatasetFormView Again(string fault) => desk.Form(isNew ? null : file, values, http.Request.FormText("before")) with { Fault = fault };

        if (!EditableText.IsPath(path) || !path.EndsWith(".yaml", StringComparison.Ordinal) || !path.StartsWith("datasets/", StringComparison.Ordinal) || (!isNew && desk.Text(path) is null))
        {
            return isNew ? SitePage.Of<DatasetFormPage>(http, Again("Directory.Fault.Code"), StatusCodes.Status422UnprocessableEntity) : TypedResults.NotFound();
        }
        if (isNew && desk.Text(path) is not null)
        {
            return SitePage.Of<DatasetFormPage>(http, Again("Directory.Fault.Taken"), StatusCodes.Status422UnprocessableEntity);
        }
        IReadOnlyList<TextDraft> drafts = [new TextDraft(path, DatasetYaml.Write(desk.Text(path) ?? "", values), http.Request.FormText("before"))];
        (string? fault, var errors) = desk.Judge(drafts);
        return fault is null
            ? SitePage.Of<PreviewPage>(http, desk.Preview(drafts))
            : SitePage.Of<DatasetFormPage>(http, Again(fault) with { Errors = errors }, StatusCodes.Status422UnprocessableEntity);
    }

    private static IResult JudgeText(HttpContext http, DirectoryDesk desk)
    {
        if (TextDraft.Read(http.Request.Form) is not { } drafts)
        {
            return TypedResults.NotFound();
        }
        if (http.Request.FormText("again").Length > 0) // back from the difference
        {
            return SitePage.Of<TextPage>(http, new TextView(drafts, [], null));
        }
        (string? fault, var errors) = desk.Judge(drafts);
        return fault is null
            ? SitePage.Of<PreviewPage>(http, desk.Preview(drafts))
            : SitePage.Of<TextPage>(http, new TextView(drafts, errors, fault), StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IResult> SaveAsync(HttpContext http, DirectoryDesk desk, CatalogEdits edits, CatalogEditsWatch watch, CancellationToken stop)
    {
        if (TextDraft.Read(http.Request.Form) is not { } drafts)
        {
            return TypedResults.NotFound();
        }
        string reason = http.Request.FormText("reason").Trim();
        await watch.RefreshAsync(stop);
        EditOutcome outcome = reason.Length is 0 or > EditableText.LongestReason ? EditFault.Refused
            : desk.Edit(drafts, Actor(http), reason) is not { } edit ? EditFault.Overtaken
            : await edits.MakeAsync(edit, Along(http, "catalog.edit"), stop);
        if (outcome.Edit is { } made)
        {
            await watch.RefreshAsync(stop);
            return SeeOther.To($"{Home}/edits/{made.Id}");
        }
        return outcome.Fault is EditFault.Broken or EditFault.Unchanged || (outcome.Fault is EditFault.Refused && drafts.Any(draft => draft.Faults().Any()))
            ? SitePage.Of<TextPage>(http, new TextView(drafts, outcome.Errors.Count > 0 ? outcome.Errors : desk.Judge(drafts).Errors, $"Directory.Fault.{outcome.Fault}"), StatusCodes.Status422UnprocessableEntity)
            : SitePage.Of<PreviewPage>(
                http,
                desk.Preview(drafts, reason, outcome.Fault is EditFault.Refused ? "Directory.Fault.Reason" : $"Directory.Fault.{outcome.Fault}"),
                outcome.Fault is EditFault.Overtaken ? StatusCodes.Status409Conflict : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IResult> DoAsync(long id, HttpContext http, Task<EditOutcome> act, CancellationToken stop)
    {
        EditOutcome outcome = await act;
        await http.RequestServices.GetRequiredService<CatalogEditsWatch>().RefreshAsync(stop);
        if (outcome.Edit is not null)
        {
            return SeeOther.To($"{Home}/edits/{id}");
        }
        return await http.RequestServices.GetRequiredService<DirectoryDesk>().EditAsync(id, Actor(http), outcome, stop) is { } view
            ? SitePage.Of<EditPage>(http, view, StatusCodes.Status409Conflict)
            : TypedResults.NotFound();
    }

    /// <summary>The line in the audit trail, in the transaction of the edit.</summary>
    private static Func<System.Data.Common.DbTransaction, CatalogEdit, Task> Along(HttpContext http, string action) => (transaction, edit) =>
        http.RequestServices.GetRequiredService<AuditTrail>().AddAsync(
            transaction,
            http.Act(
                action,
                string.Join(' ', edit.Files.Select(file => Path.GetFileName(file.Path)[..Path.GetFileName(file.Path).IndexOf('.', StringComparison.Ordinal)]).Distinct(StringComparer.Ordinal)),
                edit.Reason,
                after: $"edit {edit.Id}: {string.Join(' ', edit.Files.Select(file => file.Path))}"));

    private static string Actor(HttpContext http) => $"account:{http.Member()!.Account.Id}";
}
