using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Tests.Support;

namespace OpenData.Tests.Accounts;

/// <summary>A database with accounts, and any number of nodes on it.</summary>
internal sealed class AccountsRoom : IAsyncDisposable
{
    public static readonly IPAddress Home = IPAddress.Parse("203.0.113.9");
    public static readonly IPAddress Elsewhere = IPAddress.Parse("2001:db8:1:2::3");

    private readonly TestDatabase _database;
    private readonly List<AccountsNode> _nodes = [];

    private AccountsRoom(TestDatabase database)
    {
        _database = database;
        Store = new AccountStore(database.Sql, Catalog, Time);
    }

    public FakeTime Time { get; } = new();

    public TestCatalog Catalog { get; } = new();

    public CapturedLog Log { get; } = new();

    public SqlDatabase Sql => _database.Sql;

    public AccountStore Store { get; }

    public static async Task<AccountsRoom> OpenAsync(DatabaseKind kind = DatabaseKind.Sqlite) => new(await TestDatabase.CreateAsync(kind));

    /// <summary>A process on this database, on the room's clock unless told otherwise.</summary>
    public async Task<AccountsNode> NodeAsync(TimeProvider? time = null, AccountsOptions? options = null, bool follow = false)
    {
        AccountsNode node = new(_database.OpenAnother(), Catalog, time ?? Time, Options.Create(options ?? new AccountsOptions()), Log);
        _nodes.Add(node);
        await (follow ? node.Accounts.StartAsync(CancellationToken.None) : node.Accounts.RefreshAsync(CancellationToken.None));
        return node;
    }

    public async Task<Account> AccountAsync(string name = "anna", string tier = "registered", AccountState state = AccountState.Active, params string[] roles) =>
        (await Store.AddAsync(name, null, tier, state, roles, "test", CancellationToken.None)).Value.ShouldNotBeNull();

    public async Task<IssuedKey> KeyAsync(string account = "anna", DateTimeOffset? expires = null) =>
        (await Store.AddKeyAsync(account, "laptop", expires, "test", CancellationToken.None)).Value.ShouldNotBeNull();

    public async ValueTask DisposeAsync()
    {
        foreach (AccountsNode node in _nodes)
        {
            await node.DisposeAsync();
        }
        await _database.DisposeAsync();
    }
}

/// <summary>What one process has of the room.</summary>
internal sealed class AccountsNode : IAsyncDisposable
{
    private readonly SqlDatabase _database;

    public AccountsNode(SqlDatabase database, ICurrentCatalog catalog, TimeProvider time, IOptions<AccountsOptions> options, CapturedLog log)
    {
        _database = database;
        Store = new AccountStore(database, catalog, time);
        Accounts = new CurrentAccounts(database, Store, catalog, options, time, log.Of<CurrentAccounts>());
        Callers = new CallerIdentity(Accounts, catalog, options, time);
    }

    public AccountStore Store { get; }

    public CurrentAccounts Accounts { get; }

    public CallerIdentity Callers { get; }

    public Identification Bearer(string key, IPAddress? from = null) => Callers.Identify($"Bearer {key}", "GET", "/files/", "", from ?? AccountsRoom.Home);

    public Identification Link(string path, string query, IPAddress? from = null, string method = "GET") =>
        Callers.Identify("", method, path, query, from ?? AccountsRoom.Home);

    public string Sign(string path, string keyId, DateTimeOffset expires)
    {
        AccountsSnapshot accounts = Accounts.Current;
        AccountEntry owner = accounts.FindAccount(accounts.FindKey(keyId)?.Key.AccountId ?? keyId)!;
        return SignedLink.Sign(owner.LinkSecret, path, keyId, expires);
    }

    public async ValueTask DisposeAsync()
    {
        await Accounts.StopAsync(CancellationToken.None);
        Accounts.Dispose();
        await _database.DisposeAsync();
    }
}

/// <summary>A catalog made by hand.</summary>
internal sealed class TestCatalog : ICurrentCatalog
{
    public DatasetCatalog Current { get; private set; } = Make(
        [new Tier("anonymous", ByteRate.FromMegabits(10), 2), new Tier("registered", ByteRate.FromMegabits(30), 8), new Tier("partner", ByteRate.FromMegabits(100), 32)],
        [new Terms("basic-data", 2, new DateOnly(2025, 1, 1), new LocalizedText("条款", "Terms"), new LocalizedText("…", "…"))],
        [Dataset(AccessLevel.Open), Dataset(AccessLevel.Registered), Dataset(AccessLevel.Agreement, "basic-data"), Dataset(AccessLevel.Restricted, "basic-data")]);

    public event Action<DatasetCatalog>? Changed;

    public void Set(DatasetCatalog catalog)
    {
        Current = catalog;
        Changed?.Invoke(catalog);
    }

    public static DatasetCatalog Make(Tier[] tiers, Terms[] terms, Dataset[] datasets) => new(
        datasets.ToFrozenDictionary(dataset => dataset.Code),
        tiers.ToFrozenDictionary(tier => tier.Id),
        terms.ToFrozenDictionary(one => one.Id),
        ByteRate.FromMegabits(100));

    public static Dataset Dataset(AccessLevel access, string? terms = null) => new()
    {
        Code = $"CN-PA-{access.ToString().ToUpperInvariant()}-10-A",
        Name = new LocalizedText("数据", "Data"),
        Description = new LocalizedText("数据", "Data"),
        Jurisdiction = "CN",
        Category = "patent",
        Content = "full-text",
        Provenance = "own-proposal",
        Access = access,
        Terms = terms,
        Schedule = new DatasetSchedule("0 30 6 ? * TUE,FRI", TimeZoneInfo.Utc, TimeSpan.FromDays(1)),
        Source = new DatasetSource(SourceKind.Directory, "CN", "READY"),
        Package = new PackageRules(1 << 30, new Regex("^(?<number>CN\\d+)", RegexOptions.None, TimeSpan.FromSeconds(1))),
    };
}

/// <summary>Every line that was logged, with all its parts.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IEnumerable<string> Lines => _lines;

    public ILogger<T> Of<T>() => new Logger<T>(this);

    public ILogger CreateLogger(string categoryName) => new Logger<object>(this);

    public void Dispose()
    {
    }

    private sealed class Logger<T>(CapturedLog log) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            log._lines.Enqueue($"scope {Parts(state)}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log._lines.Enqueue($"{logLevel} {formatter(state, exception)} {Parts(state)} {exception}");

        private static string Parts<TState>(TState state) =>
            state is IEnumerable<KeyValuePair<string, object?>> parts ? string.Join(' ', parts.Select(part => $"{part.Key}={part.Value}")) : $"{state}";
    }
}
