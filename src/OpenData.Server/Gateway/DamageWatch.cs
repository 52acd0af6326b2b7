using System.Data.Common;
using System.Threading.Channels;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway;

/// <summary>
/// Keeps this gateway and the ledger of stored files of one mind: what is found bad anywhere is refused here within a second and its downloads
/// end, what was repaired is served again, and what this gateway meets itself is told to the workers. While the database is away nothing changes.
/// </summary>
internal sealed partial class DamageWatch(ScrubLedger ledger, OpenContents contents, RunningDownloads running, TimeProvider time, ILogger<DamageWatch> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    private readonly Channel<(BlobKey Key, string Reason)> _doubts = Channel.CreateBounded<(BlobKey, string)>(
        new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite }); // each is met again when the file is asked for again
    private long _version;
    private bool _away;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        contents.Doubted += OnDoubt;
        await RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        contents.Doubted -= OnDoubt;
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(s_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RefreshAsync(stoppingToken);
                while (_doubts.Reader.TryPeek(out (BlobKey Key, string Reason) doubt))
                {
                    await TellAsync(doubt.Key, doubt.Reason, stoppingToken);
                    _doubts.Reader.TryRead(out _);
                }
                _away = false;
            }
            catch (Exception e) when (e is DbException or DatabaseUnavailableException or TimeoutException)
            {
                if (!_away)
                {
                    LogAway(e);
                }
                _away = true;
            }
        }
    }

    private async Task RefreshAsync(CancellationToken stop)
    {
        if (await ledger.VersionAsync(stop) == _version)
        {
            return;
        }
        foreach (ScrubChange change in await ledger.ChangesAsync(_version, stop))
        {
            if (change.IsBad)
            {
                contents.Refuse(change.Key);
                running.OnDamaged(change.Release, change.Name);
            }
            else if (change.Result is not ScrubResult.Suspect)
            {
                contents.Admit(change.Key);
            }
            _version = change.Version;
        }
    }

    private void OnDoubt(BlobKey key, string reason) => _doubts.Writer.TryWrite((key, reason));

    private async Task TellAsync(BlobKey key, string reason, CancellationToken stop)
    {
        if (BlobKey.TryParse(key.Path, out _, out ReleaseId release))
        {
            await ledger.SuspectAsync(release, key.Path[BlobKey.Prefix(release).Length..], reason, stop);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is known of damaged files cannot be read just now; it is tried again")]
    private partial void LogAway(Exception e);
}
