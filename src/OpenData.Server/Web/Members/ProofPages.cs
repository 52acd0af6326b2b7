using OpenData.Server.Accounts;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Members;

/// <summary><c>/account/proofs</c>: whoever is signed in adds proofs to what they told, and removes them while they wait.</summary>
internal static class ProofPages
{
    /// <summary>The file's field.</summary>
    public const string Field = "proof";

    public static void Map(IEndpointRouteBuilder account)
    {
        account.MapPost("/proofs", AddAsync); // FormUpload judges the token: a whole form of this length would have been taken before it is looked at
        account.MapGet("/proofs/{id}", SendAsync);
        account.MapPost("/proofs/{id}/remove", RemoveAsync).RequireOwnForm();
    }

    private static async Task<IResult> SendAsync(string id, HttpContext http, AccountStore store, CancellationToken stop) =>
        http.Member() is not { Account: { } account } ? SeeOther.SignIn(http)
        : await store.ReadProofAsync(account.Id, id, stop) is { } found ? ProofFile.Of(http, found.Proof, found.Content)
        : TypedResults.NotFound();

    private static async Task<IResult> AddAsync(HttpContext http, AccountStore store, CurrentAccounts accounts, MemberDesk desk, ProofLimit limit, CancellationToken stop)
    {
        if (http.Member() is not { Account: { } account })
        {
            return SeeOther.SignIn(http);
        }
        if (!limit.TryEnter())
        {
            return await RefusedAsync("Members.Proof.Busy", StatusCodes.Status503ServiceUnavailable);
        }
        FormUpload upload;
        try
        {
            if (limit.IsReached(account.Id))
            {
                return await RefusedAsync("Members.Proof.Limit", StatusCodes.Status429TooManyRequests);
            }
            upload = await FormUpload.ReadAsync(http, Field, Proof.LongestContent);
            if (upload.Outcome is UploadOutcome.NotOurs)
            {
                http.Response.Headers.Connection = "close"; // nothing more of it is wanted
                return SitePage.Of<ErrorPage>(http, new ErrorModel(400), StatusCodes.Status400BadRequest);
            }
            if (upload.Outcome is UploadOutcome.TooLarge)
            {
                await FormUpload.DropRestAsync(http);
                return await RefusedAsync("Members.Proof.TooLarge", StatusCodes.Status413PayloadTooLarge);
            }
            if (upload.Outcome is not UploadOutcome.Read)
            {
                return await RefusedAsync("Members.Proof." + upload.Outcome, StatusCodes.Status422UnprocessableEntity);
            }
            AccountResult<Proof> added = await store.AddProofAsync(account.Id, upload.Name, upload.Content, $"account:{account.Id}", stop);
            if (!added.Done)
            {
                return await RefusedAsync(added.Fault.Kind is AccountFaultKind.Taken ? "Members.Proof.Full" : "Members.Proof.Kind", StatusCodes.Status422UnprocessableEntity);
            }
        }
        finally
        {
            limit.Leave();
        }
        await accounts.RefreshAsync(stop);
        return SeeOther.To("/account?notice=proof-added#proofs");

        async Task<IResult> RefusedAsync(string notice, int status) => SitePage.Of<AccountPage>(http, await desk.ViewAsync(http, account, notice, stop), status);
    }

    private static async Task<IResult> RemoveAsync(string id, HttpContext http, AccountStore store, CurrentAccounts accounts, CancellationToken stop)
    {
        if (http.Member() is not { Account: { } account })
        {
            return SeeOther.SignIn(http);
        }
        AccountResult<Account> removed = await store.RemoveProofAsync(account.Id, id, $"account:{account.Id}", stop);
        await accounts.RefreshAsync(stop);
        return removed.Done ? SeeOther.To("/account?notice=proof-removed#proofs") : TypedResults.NotFound();
    }
}
