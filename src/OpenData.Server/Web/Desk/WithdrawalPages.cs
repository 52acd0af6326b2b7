using OpenData.Format;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Desk;

/// <summary><c>/admin/withdrawals</c>: taking back a release or one document. What it would do is shown first; the password is asked for again.</summary>
internal static class WithdrawalPages
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("", async (HttpContext http, WithdrawalPreview preview, CancellationToken stop) =>
            SitePage.Of<WithdrawalsPage>(http, await preview.ViewAsync(http, WithdrawalAsked.Of(http.Request), http.Request.Word("notice", "done") is null ? null : "Withdraw.WithdrawnDone", null, stop)));
        pages.MapPost("", WithdrawAsync).RequireFreshPassword();
    }

    private static async Task<IResult> WithdrawAsync(
        HttpContext http, WithdrawalPreview preview, ICurrentCatalog catalog, Withdrawals withdrawals, RunNow runNow, AuditTrail audit, CancellationToken stop)
    {
        HttpRequest request = http.Request;
        WithdrawalAsked asked = WithdrawalAsked.Of(request.Form);
        string typed = request.FormText("reason");
        if (!asked.IsWhole || !catalog.Current.Datasets.TryGetValue(asked.Dataset!, out Dataset? dataset) || DeskQuery.Reason(typed) is not { } reason)
        {
            string fault = DeskQuery.Reason(typed) is null ? "Hold.ReasonNeeded" : "Withdraw.Incomplete";
            return SitePage.Of<WithdrawalsPage>(http, await preview.ViewAsync(http, asked, fault, typed, stop), StatusCodes.Status422UnprocessableEntity);
        }
        string edition = $"{asked.Dataset}/{asked.Edition}";
        WithdrawalEffect? effect = asked.Document is { } document
            ? await withdrawals.WithdrawDocumentAsync(dataset, asked.Edition!, document, reason, audit.Of(http.Act("document.withdraw", edition, reason, document)), stop)
            : await withdrawals.WithdrawAsync(
                dataset.Code,
                asked.Edition!,
                asked.Revision,
                reason,
                audit.Of(http.Act("release.withdraw", asked.Revision is { } revision ? new ReleaseId(dataset.Code, asked.Edition!, revision).ToString() : edition, reason)),
                stop);
        if (effect is null)
        {
            return SitePage.Of<WithdrawalsPage>(http, await preview.ViewAsync(http, asked, "Withdraw.Nothing", typed, stop), StatusCodes.Status409Conflict);
        }
        if (effect.RebuiltFrom is not null)
        {
            await runNow.AskAsync(dataset.Code, stop); // the revision without it comes at once
        }
        return SeeOther.To("/admin/withdrawals?notice=done");
    }
}
