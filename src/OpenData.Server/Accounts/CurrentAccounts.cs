using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Options;
using OpenData.Server.Catalog;
using OpenData.Server.Database;

namespace OpenData.Server.Accounts;

/// <summary>
/// Keeps the snapshot of all accounts that requests are judged by. The database's version of them — one number in one row — is read a few
/// times a second; what is newer is fetched and swapped in, so that a change made by any process on the same database takes effect here
/// within a second. While the database is away the last snapshot stays in force and downloads go on.
/// </summary>
public sealed partial class CurrentAccounts : BackgroundService
{
    private readonly SqlDatabase _database;
    private readonly AccountStore _store;
    private readonly ICurrentCatalog _catalog;
    private readonly AccountsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<CurrentAccounts> _log;
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private volatile AccountsSnapshot _current = AccountsSnapshot.Empty;
    private PeriodicTimer? _timer;
    private bool _away;

    /// <summary>Nothing is read before <see cref="StartAsync"/> or <see cref="RefreshAsync"/>.</summary>
    public CurrentAccounts(
        SqlDatabase database, AccountStore store, ICurrentCatalog catalog, IOptions<AccountsOptions> options, TimeProvider time, ILogger<CurrentAccounts> log)
    {
        _database = database;
        _store = store;
        _catalog = catalog;
        _options = options.Value;
        _time = time;
        _log = log;
    }

    /// <summary>
    /// Raised after other accounts, or a catalog with other tiers and terms, came into force: whoever keeps a caller for longer than a
    /// request asks <see cref="CallerIdentity.Again"/> what has become of it. Raised on the thread that noticed, one at a time.
    /// </summary>
    public event Action<AccountsSnapshot>? Changed;

    /// <summary>The snapshot in force; take it once for each request and keep to it.</summary>
    public AccountsSnapshot Current => _current;

    /// <summary>Reads the accounts and begins to follow changes.</summary>
    /// <exception cref="DatabaseUnavailableException">Without accounts nobody can be identified: the start fails.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        _catalog.Changed += OnCatalogChanged;
        // Here and not where it is waited for, which is begun on another thread some time after the start.
        _timer = new PeriodicTimer(_options.Poll, _time);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _catalog.Changed -= OnCatalogChanged;
        await base.StopAsync(cancellationToken);
        await WriteUsesAsync(cancellationToken);
    }

    /// <summary>Takes in what changed, now: call it after a change of one's own, so that the next request meets it.</summary>
    /// <returns>Whether anything had changed.</returns>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached; the last snapshot stays in force.</exception>
    public async Task<bool> RefreshAsync(CancellationToken stop)
    {
        await _refreshing.WaitAsync(stop);
        try
        {
            await using DbConnection connection = await _database.OpenAsync(stop);
            // The version goes first: what commits after it may be read already, and is then read again by the next refresh.
            long version = await connection.ExecuteScalarAsync<long>("SELECT version FROM accounts_version WHERE id = 1");
            AccountsSnapshot before = _current;
            if (version == before.Version)
            {
                return false;
            }
            if (version < before.Version) // the database was restored from a backup
            {
                before = AccountsSnapshot.Empty;
            }
            var since = new { Since = before.Version };
            List<AccountEntry> accounts = await AccountRows.ReadAsync(connection, "a.version > @Since", since);
            List<StoredKey> keys = await AccountRows.ReadKeysAsync(connection, "a.version > @Since", since);
            AccountsSnapshot after = before.With(version, accounts, keys.ToLookup(key => key.AccountId, StringComparer.Ordinal));
            _current = after;
            WarnOfUnknownTiers(accounts);
            Raise(after);
            return true;
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>Writes the times of last use that are newer than the last time.</summary>
    internal async Task WriteUsesAsync(CancellationToken stop)
    {
        List<(KeyEntry Entry, DateTimeOffset At)> uses = [];
        foreach (KeyEntry entry in _current.Keys)
        {
            if (entry.Use.TryTake(out DateTimeOffset at))
            {
                uses.Add((entry, at));
            }
        }
        if (uses.Count == 0)
        {
            return;
        }
        try
        {
            await _store.WriteUsesAsync([.. uses.Select(use => (use.Entry.Key.Id, use.At))], stop);
        }
        catch (Exception e) when (e is DbException or DatabaseUnavailableException or OperationCanceledException)
        {
            uses.ForEach(use => use.Entry.Use.PutBack());
            LogUsesNotWritten(e, uses.Count);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long lastWrite = _time.GetTimestamp();
        while (await _timer!.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RefreshAsync(stoppingToken);
                if (_away)
                {
                    _away = false;
                    LogBack(_database.Place);
                }
            }
            catch (Exception e) when (e is DbException or DatabaseUnavailableException or TimeoutException)
            {
                if (!_away) // once, not twice a second
                {
                    _away = true;
                    LogAway(e, _database.Place);
                }
            }
            if (!_away && _time.GetElapsedTime(lastWrite) >= _options.UseInterval)
            {
                lastWrite = _time.GetTimestamp();
                await WriteUsesAsync(stoppingToken);
            }
        }
    }

    private void OnCatalogChanged(DatasetCatalog catalog)
    {
        AccountsSnapshot current = _current;
        WarnOfUnknownTiers(current.Accounts);
        Raise(current);
    }

    private void Raise(AccountsSnapshot snapshot)
    {
        foreach (Action<AccountsSnapshot> listener in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                listener(snapshot);
            }
            catch (Exception e) // one listener's fault must not keep a suspension from the others
            {
                LogListenerFailed(e);
            }
        }
    }

    private void WarnOfUnknownTiers(IEnumerable<AccountEntry> accounts)
    {
        DatasetCatalog catalog = _catalog.Current;
        foreach (AccountEntry entry in accounts)
        {
            if (!catalog.Tiers.ContainsKey(entry.Account.Tier))
            {
                LogUnknownTier(entry.Account.Id, entry.Account.Tier, CallerIdentity.TierOf(catalog, entry.Account.Tier).Id);
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _timer?.Dispose();
        _refreshing.Dispose();
        base.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes of accounts cannot be read from the database at {Place}; those read before stay in force")]
    private partial void LogAway(Exception e, string place);

    [LoggerMessage(Level = LogLevel.Information, Message = "Changes of accounts are read from the database at {Place} again")]
    private partial void LogBack(string place);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The last uses of {Count} keys could not be written; they are tried again")]
    private partial void LogUsesNotWritten(Exception e, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "A listener to changes of accounts failed")]
    private partial void LogListenerFailed(Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {AccountId} has the tier '{Tier}', which the catalog does not have; it is served as '{Instead}'")]
    private partial void LogUnknownTier(string accountId, string tier, string instead);
}
