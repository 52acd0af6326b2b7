using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Feedback;

namespace OpenData.Server.Web.Feedback;

/// <summary>Gathers what the office sees of an entry.</summary>
internal sealed class FeedbackDeskReading(FeedbackQueries queries, AuditTrail trail, ICurrentCatalog catalog, CurrentAccounts accounts)
{
    private const int MostActs = 200;

    /// <summary>One entry; null where there is none.</summary>
    public async Task<FeedbackDeskView?> ViewAsync(long number, Account who, CancellationToken stop)
    {
        if (await queries.FindAsync(number, stop) is not { } item)
        {
            return null;
        }
        IReadOnlyList<AuditEntry> acts = await trail.PageAsync(new AuditFilter(Subject: FeedbackStore.SubjectOf(number)), null, MostActs, stop);
        return new FeedbackDeskView(
            await FeedbackPages.ViewAsync(item, own: false, justWritten: false, queries, catalog, stop),
            accounts.Current.TryGetAccount(item.AccountId, out Account? writer) ? writer : null,
            [.. acts.Reverse().Select(act => (act, NameOf(act.Actor)))],
            who.MayChange(Role.Curator));
    }

    private string NameOf(string actor) => actor.Split(':') is [_, { } id] && accounts.Current.TryGetAccount(id, out Account? account) ? account.Name : actor;
}
