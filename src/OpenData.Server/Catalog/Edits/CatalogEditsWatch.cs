using System.Data.Common;
using Microsoft.Extensions.Options;
using OpenData.Server.Database;

namespace OpenData.Server.Catalog.Edits;

/// <summary>
/// Follows the edits: their version — one number in one row — is read every few seconds, and what is newer is put over the files. While the database
/// is away the last edits stay in force.
/// </summary>
public sealed partial class CatalogEditsWatch(CatalogEdits edits, CurrentCatalog catalog, IOptions<CatalogOptions> options, TimeProvider time, ILogger<CatalogEditsWatch> log)
    : BackgroundService
{
    private bool _away;

    /// <summary>Takes in what changed, now: call it after a change of one's own, so that the next request meets it.</summary>
    /// <returns>Whether another catalog came into force.</returns>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached; the last edits stay in force.</exception>
    public async Task<bool> RefreshAsync(CancellationToken stop) =>
        await edits.VersionAsync(stop) != catalog.State.Edits.Version && catalog.Take(await edits.InForceAsync(stop));

    /// <summary>Takes the edits in before anything is served or packaged.</summary>
    /// <exception cref="CatalogRefusedException">
    /// They do not fit the files. A start without them would open what a curator closed: so there is none, and <c>catalog undo</c> takes them back.
    /// </exception>
    public async Task PrepareAsync(CancellationToken stop)
    {
        await RefreshAsync(stop);
        if (catalog.Refused is { Count: > 0 } errors)
        {
            throw new CatalogRefusedException($"{catalog.Folder}, with the edits made on the site over it (opendata-server catalog edits lists them, catalog undo NUMBER takes one back),", errors);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(options.Value.RefreshSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RefreshAsync(stoppingToken);
                _away = false;
            }
            catch (Exception e) when (e is DbException or DatabaseUnavailableException or TimeoutException)
            {
                if (!_away) // once, not every few seconds
                {
                    _away = true;
                    LogAway(e);
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Edits of the catalog cannot be read from the database; those read before stay in force")]
    private partial void LogAway(Exception e);
}
