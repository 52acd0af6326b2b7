using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;

namespace OpenData.Server.Web.Desk.Accounts;

/// <summary>Gathers what the officers' pages show.</summary>
internal sealed class AccountsDesk(AccountStore store, Sessions sessions, AccountUsage usage, CurrentAccounts accounts, ICurrentCatalog catalog, TimeProvider time)
{
    private const int LongestQueue = 50;

    /// <summary>The list, with the queue before its first page.</summary>
    public async Task<AccountsView> ListAsync(Account officer, AccountSearch search, string? after, string? notice, CancellationToken stop)
    {
        IReadOnlyList<Account> found = await store.SearchAsync(search, after, AccountsView.PageSize + 1, stop);
        bool first = after is null && search == new AccountSearch();
        return new AccountsView
        {
            Waiting = first ? await store.WaitingAsync(LongestQueue, stop) : [],
            Proofs = await store.ProofsOfWaitingAsync(first ? LongestQueue : 0, stop),
            WaitingCount = await store.CountWaitingAsync(stop),
            Search = search,
            Accounts = [.. found.Take(AccountsView.PageSize)],
            Next = found.Count > AccountsView.PageSize ? found[AccountsView.PageSize - 1].Name : null,
            Tiers = Tiers,
            Officer = officer,
            Notice = notice,
        };
    }

    /// <summary>One account's page; null where there is none.</summary>
    public async Task<AccountFile?> FileAsync(Account officer, string id, string? notice, CancellationToken stop)
    {
        if (await store.FindAsync(id, stop) is not { Value: { } account } || account.Id != id)
        {
            return null;
        }
        DateTimeOffset now = time.GetUtcNow();
        DateOnly from = DateOnly.FromDateTime(now.UtcDateTime).AddDays(1 - AccountFile.Days);
        Dictionary<DateOnly, DayUsage> days = (await usage.ByDayAsync(id, from, stop)).ToDictionary(day => day.Day);
        IReadOnlyList<AuditLine> audit = await store.AuditOfAsync(id, AccountFile.Lines, stop);
        return new AccountFile
        {
            Account = account,
            Profile = await store.ProfileAsync(id, stop),
            Proofs = await store.ProofsAsync(id, stop),
            Refusal = await store.RefusalOfAsync(id, stop),
            Tiers = Tiers,
            Grantable = [.. catalog.Current.Datasets.Values
                .Where(dataset => dataset.Access is AccessLevel.Restricted && !account.GrantedDatasets.Contains(dataset.Code))
                .OrderBy(dataset => dataset.Code, StringComparer.Ordinal)],
            Keys = [.. (await store.ListKeysAsync(id, stop)).OrderByDescending(key => key.CreatedAt)],
            Sessions = await sessions.ListAsync(id, AccountFile.Lines, stop),
            Usage = [.. Enumerable.Range(0, AccountFile.Days).Select(from.AddDays).Select(day => days.GetValueOrDefault(day) ?? new DayUsage { Day = day })],
            Datasets = await usage.ByDatasetAsync(id, from, stop),
            Audit = audit,
            Actors = audit.Select(line => line.Actor).Distinct(StringComparer.Ordinal).ToDictionary(actor => actor, NameOf, StringComparer.Ordinal),
            Officer = officer,
            Now = now,
            Notice = notice,
        };
    }

    /// <summary>What an account may have; what anybody has without one is no tier of an account.</summary>
    private IReadOnlyList<Tier> Tiers =>
        [.. catalog.Current.Tiers.Values.Where(tier => tier.Id != Tier.Anonymous).OrderBy(tier => tier.Rate.BytesPerSecond)];

    private string NameOf(string actor) =>
        actor.StartsWith(AccountActor, StringComparison.Ordinal) && accounts.Current.TryGetAccount(actor[AccountActor.Length..], out Account? account) ? account.Name : actor;

    private const string AccountActor = "account:";
}
