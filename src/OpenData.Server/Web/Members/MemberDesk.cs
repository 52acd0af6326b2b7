using System.Net;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Members;

/// <summary>Gathers what an account's own page shows.</summary>
internal sealed class MemberDesk(AccountStore store, CallerIdentity callers, RunningDownloads running, AccountUsage usage, ICurrentCatalog catalog, TimeProvider time)
{
    /// <summary>The whole page.</summary>
    public async Task<AccountView> ViewAsync(HttpContext http, Account account, string? notice, CancellationToken stop)
    {
        DatasetCatalog current = catalog.Current;
        DateTimeOffset now = time.GetUtcNow();
        DateOnly today = DateOnly.FromDateTime(now.UtcDateTime);
        DateOnly from = today.AddDays(1 - AccountView.Days);
        Dictionary<DateOnly, DayUsage> days = (await usage.ByDayAsync(account.Id, from, stop)).ToDictionary(day => day.Day);
        (bool hasPassword, bool isLinked) = await store.WaysInAsync(account.Id, stop);
        bool waits = account.State is AccountState.Pending;
        return new AccountView
        {
            Account = account,
            Tier = current.Tiers.GetValueOrDefault(account.Tier) ?? current.Tiers[Tier.Registered],
            Terms = [.. current.Terms.Values.OrderBy(terms => terms.Id, StringComparer.Ordinal)],
            Profile = waits ? await store.ProfileAsync(account.Id, stop) : null,
            Refusal = waits ? await store.RefusalOfAsync(account.Id, stop) : null,
            Proofs = await store.ProofsAsync(account.Id, stop),
            Keys = [.. (await store.ListKeysAsync(account.Id, stop)).OrderByDescending(key => key.CreatedAt)],
            Running = RunningOf(account.Id, http.Connection.RemoteIpAddress ?? IPAddress.Loopback),
            Usage = [.. Enumerable.Range(0, AccountView.Days).Select(from.AddDays).Select(day => days.GetValueOrDefault(day) ?? new DayUsage { Day = day })],
            Datasets = await usage.ByDatasetAsync(account.Id, from, stop),
            Now = now,
            AsksPassword = hasPassword && http.Member()?.IsConfirmed(now) is not true,
            HasPassword = hasPassword,
            IsLinked = isLinked,
            Notice = notice,
        };
    }

    /// <summary>What an account downloads now on this node; null where it may not.</summary>
    public RunningView? RunningOf(string accountId, IPAddress address)
    {
        if (callers.OfSession(accountId, address).Caller is not { } caller)
        {
            return null;
        }
        PipeSnapshot pipe = running.PipeOf(caller).Snapshot();
        ILookup<StreamIdentity, StreamSnapshot> streams = pipe.Streams.ToLookup(stream => stream.Identity);
        return new RunningView(
            pipe.Allowed.BytesPerSecond,
            pipe.Achieved.BytesPerSecond,
            pipe.MaxStreams,
            [
                .. running.Of(caller.Key).OrderBy(download => download.Since).Select(download =>
                {
                    StreamSnapshot? stream = streams[download.Stream.Identity].FirstOrDefault();
                    return new RunningLine($"{download.Release}/{download.File}", download.Since, download.Stream.Sent, stream?.Allowed.BytesPerSecond ?? 0, stream?.Achieved.BytesPerSecond ?? 0);
                }),
            ]);
    }
}
