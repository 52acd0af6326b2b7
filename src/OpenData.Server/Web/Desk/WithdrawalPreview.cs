using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Desk;

/// <summary>Gathers what a withdrawal would do, and what was withdrawn before.</summary>
internal sealed class WithdrawalPreview(
    ICurrentCatalog catalog, Withdrawals withdrawals, WithdrawnDocuments documents, ReleaseQueries releases, ReleaseUsage usage, AuditTrail audit, ActorNames names, TimeProvider time)
{
    private const int Readers = 200;

    /// <summary>The page.</summary>
    public async Task<WithdrawalsView> ViewAsync(HttpContext http, WithdrawalAsked asked, string? notice, string? reason, CancellationToken stop)
    {
        DateTimeOffset now = time.GetUtcNow();
        WithdrawalEffect? effect = null;
        IReadOnlyList<ReleaseReader> readers = [];
        int next = 0;
        if (asked.IsWhole && catalog.Current.Datasets.TryGetValue(asked.Dataset!, out Dataset? dataset))
        {
            effect = asked.Document is { } document
                ? await withdrawals.PreviewDocumentAsync(dataset, asked.Edition!, document, stop)
                : await withdrawals.PreviewAsync(dataset.Code, asked.Edition!, asked.Revision, stop);
            if (effect is not null)
            {
                readers = await usage.ReadersAsync(effect.Releases, DateOnly.FromDateTime(now.UtcDateTime).AddDays(-WithdrawalsView.Days), Readers, stop);
                next = (await releases.RevisionsAsync(dataset.Code, asked.Edition!, stop)).Max(release => release.Revision) + 1;
            }
        }
        return new WithdrawalsView
        {
            Asked = asked,
            Datasets = [.. catalog.Current.Datasets.Keys.Order(StringComparer.Ordinal)],
            Effect = effect,
            NextRevision = next,
            Readers = [.. readers.Select(reader => (reader, reader.AccountId is { } id ? names.Of("account:" + id) : null))],
            Documents = [.. (await documents.ListAsync(null, stop)).Take(50)],
            Acts = [.. (await audit.PageAsync(new AuditFilter(Action: "release.withdraw"), null, 20, stop)).Select(entry => entry with { Actor = names.Of(entry.Actor) })],
            AsksPassword = http.Member()?.IsConfirmed(now) is not true,
            Notice = notice ?? (asked.IsWhole && effect is null ? "Withdraw.Nothing" : null),
            Reason = reason,
        };
    }
}
