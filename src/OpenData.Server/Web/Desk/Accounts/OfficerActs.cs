using OpenData.Server.Accounts;
using OpenData.Server.Web.Members;

namespace OpenData.Server.Web.Desk.Accounts;

/// <summary>What an officer does to an account, by a page or over the API: judged, done, in effect at once, and told to whom it concerns.</summary>
internal sealed class OfficerActs(AccountStore store, CurrentAccounts current, AccountMail mail)
{
    /// <summary>Does one act.</summary>
    /// <param name="officer">Who acts.</param>
    /// <param name="id">To whose account.</param>
    /// <param name="may">Whether this officer may do that to this account.</param>
    /// <param name="change">The act itself, which writes its line of the audit for the actor that it is given.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<OfficerAct> DoAsync(
        Account officer, string id, Func<Account, Account, bool> may, Func<AccountStore, string, Task<AccountResult<Account>>> change, CancellationToken stop)
    {
        if (await store.FindAsync(id, stop) is not { Value: { } account } || account.Id != id)
        {
            return new OfficerAct(OfficerOutcome.Unknown);
        }
        if (!may(officer, account))
        {
            return new OfficerAct(OfficerOutcome.Forbidden);
        }
        AccountResult<Account> result = await change(store, $"account:{officer.Id}");
        if (!result.Done)
        {
            return new OfficerAct(OfficerOutcome.Refused, Fault: result.Fault);
        }
        await current.RefreshAsync(stop);
        return new OfficerAct(OfficerOutcome.Done, result.Value);
    }

    /// <summary>Answers an application: an act that the applicant is told of by mail.</summary>
    /// <param name="http">The request, for the address in the mail.</param>
    /// <param name="officer">Who answers.</param>
    /// <param name="id">Whom.</param>
    /// <param name="change">The answer.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<OfficerAct> AnswerAsync(
        HttpContext http, Account officer, string id, Func<AccountStore, string, Task<AccountResult<Account>>> change, CancellationToken stop)
    {
        OfficerAct act = await DoAsync(officer, id, OfficerRights.MayManage, change, stop);
        if (act.Account is { } account)
        {
            await mail.AnswerAsync(http, account, stop);
        }
        return act;
    }
}

/// <param name="Outcome">What came of it.</param>
/// <param name="Account">The account as it is now, where it was done.</param>
/// <param name="Fault">Why it was refused.</param>
internal sealed record OfficerAct(OfficerOutcome Outcome, Account? Account = null, AccountFault? Fault = null);

/// <summary>What comes of an officer's act.</summary>
internal enum OfficerOutcome
{
    /// <summary>Done, or so already.</summary>
    Done,

    /// <summary>There is no such account.</summary>
    Unknown,

    /// <summary>It is not for this officer to do that to this account.</summary>
    Forbidden,

    /// <summary>A value cannot be.</summary>
    Refused,
}
