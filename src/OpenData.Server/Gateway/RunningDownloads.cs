using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Server.Gateway;

/// <summary>
/// The downloads that run on this node. What changes about their accounts or their releases reaches them here: another tier gives another rate,
/// a suspension, a revoked key, a grant taken back and a withdrawal end them, within a second of the change.
/// </summary>
public sealed class RunningDownloads(Pacer pacer, CallerIdentity callers, ICurrentCatalog catalog, TimeProvider time)
{
    private readonly ConcurrentDictionary<RunningDownload, bool> _running = [];
    private readonly ConcurrentDictionary<ReleaseId, bool> _withdrawn = []; // since this process began; there are few
    private volatile bool _ended;

    /// <summary>How many.</summary>
    public int Count => _running.Count;

    /// <summary>What an account was promised.</summary>
    public static PipeLimits LimitsOf(Caller caller) => new(caller.Tier.Rate, caller.Tier.Streams, caller.Tier.Id);

    /// <summary>The pipe that a caller's downloads share.</summary>
    public AccountPipe PipeOf(Caller caller) => pacer.Pipe(new PipeKey(caller.Key.ToString()), LimitsOf(caller));

    /// <summary>Takes a place, or waits for one; null where the account's are all in use and none became free in time: see <see cref="AccountPipe.AdmitAsync"/>.</summary>
    public async ValueTask<RunningDownload?> AdmitAsync(Caller caller, AccountPipe pipe, ReleaseId release, string file, long start, CancellationToken stop) =>
        !_ended && await pipe.AdmitAsync(IdentityOf(caller, release, file, start), stop) is { } stream ? Begin(caller, release, file, stream) : null;

    /// <summary>Takes a place at once; false where the account's are all in use, or others wait.</summary>
    public bool TryAdmit(Caller caller, AccountPipe pipe, ReleaseId release, string file, long start, [NotNullWhen(true)] out RunningDownload? download)
    {
        download = !_ended && pipe.TryAdmit(IdentityOf(caller, release, file, start), out PacedStream? stream) ? Begin(caller, release, file, stream) : null;
        return download is not null;
    }

    private static StreamIdentity IdentityOf(Caller caller, ReleaseId release, string file, long start) => new($"{release}/{file}", start, caller.Address.ToString());

    private RunningDownload Begin(Caller caller, ReleaseId release, string file, PacedStream stream)
    {
        RunningDownload download = new(caller, release, file, time.GetUtcNow(), stream, ended => _running.TryRemove(ended, out _));
        _running.TryAdd(download, true);
        // What changed since the caller was identified and the file was found has raised its event already, perhaps before this was in the list.
        Judge(download, catalog.Current);
        if (_withdrawn.ContainsKey(release))
        {
            stream.Cancel(CancelReason.Withdrawn);
        }
        if (_ended)
        {
            stream.Cancel(CancelReason.Shutdown);
        }
        return download;
    }

    /// <summary>The downloads of an account.</summary>
    public IEnumerable<RunningDownload> Of(AccountKey account) => _running.Keys.Where(download => download.Caller.Key == account);

    /// <summary>Accounts, keys, tiers, terms or grants changed.</summary>
    public void OnAccountsChanged()
    {
        DatasetCatalog now = catalog.Current;
        foreach (RunningDownload download in _running.Keys)
        {
            Judge(download, now);
        }
    }

    /// <summary>A release must not go out any longer.</summary>
    public void OnWithdrawn(ReleaseId release)
    {
        _withdrawn[release] = true;
        foreach (RunningDownload download in _running.Keys.Where(download => download.Release == release))
        {
            download.Stream.Cancel(CancelReason.Withdrawn);
        }
    }

    /// <summary>A file is not what was published: nothing more of it goes out, nor of its entries.</summary>
    public void OnDamaged(ReleaseId release, string file)
    {
        foreach (RunningDownload download in _running.Keys.Where(download =>
            download.Release == release && (download.File == file || download.File.StartsWith(file + "/", StringComparison.Ordinal))))
        {
            download.Stream.Cancel(CancelReason.Damaged);
        }
    }

    /// <summary>The node stops: all end, and those who wait for their places get none.</summary>
    public void EndAll()
    {
        _ended = true;
        foreach (RunningDownload download in _running.Keys)
        {
            download.Stream.Cancel(CancelReason.Shutdown);
        }
    }

    private void Judge(RunningDownload download, DatasetCatalog now)
    {
        if (callers.Again(download.Caller).Caller is not { } caller
            || !now.Datasets.TryGetValue(download.Release.Dataset, out Dataset? dataset)
            || !AccessDecision.Decide(dataset, now, caller).IsAllowed)
        {
            download.Stream.Cancel(CancelReason.Suspended);
            return;
        }
        PipeOf(caller); // gives the pipe the limits of today's tier
    }
}
