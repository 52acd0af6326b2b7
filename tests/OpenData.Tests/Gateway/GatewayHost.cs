using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Feeds;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Storage;
using OpenData.Server.Telemetry;
using OpenData.Tests.Packaging;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

/// <summary>A real web server on a free port of this machine, over a real database and a real store, with one dataset of each access level.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    public const string Open = "CN-PA-OPEN";
    public const string Registered = "CN-PA-REGISTERED";
    public const string Agreement = "CN-PA-AGREEMENT";
    public const string Restricted = "CN-PA-RESTRICTED";
    public const string Edition = "20240102";

    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _app;

    private GatewayHost(Action<IServiceCollection>? change, (string Name, string Value)[] settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OpenData:DataFolder"] = _folder.Path,
            ["OpenData:Storage:Path"] = Path.Combine(_folder.Path, "storage"),
            ["OpenData:Storage:Cache:Path"] = Path.Combine(_folder.Path, "cache"),
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)));
        builder.Logging.ClearProviders().AddProvider(Log);
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<ICurrentCatalog>(Catalog);
        builder.Services.AddDatabase(builder.Configuration);
        builder.Services.AddStorage(builder.Configuration);
        builder.Services.AddReleases(builder.Configuration);
        builder.Services.AddScrubbing(builder.Configuration, worker: false);
        builder.Services.AddAccounts(builder.Configuration);
        builder.Services.AddBandwidth(builder.Configuration);
        builder.Services.AddChunkCache(builder.Configuration);
        builder.Services.AddChangeWatch();
        builder.Services.AddGateway(builder.Configuration);
        builder.Services.AddFeeds(builder.Configuration);
        builder.Services.AddTelemetry(builder.Configuration);
        change?.Invoke(builder.Services);
        _app = builder.Build();
        _app.UseGateway();
        _app.MapAccounts();
        _app.MapGateway();
        _app.MapFeeds();
        _app.MapTelemetry();
    }

    public HandMadeCatalog Catalog { get; } = new();

    public CapturedLines Log { get; } = new();

    public Uri Url { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public static async Task<GatewayHost> StartAsync(params (string Name, string Value)[] settings) => await StartAsync(null, settings);

    public static async Task<GatewayHost> StartAsync(Action<IServiceCollection>? change, params (string Name, string Value)[] settings)
    {
        GatewayHost host = new(change, settings);
        await MigratedDatabase.WriteSqliteAsync(host._folder["opendata.db"]);
        await host.Of<Migrator>().MigrateAsync(CancellationToken.None);
        await host._app.StartAsync();
        host.Url = new Uri(host._app.Urls.Single());
        host.Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = host.Url };
        return host;
    }

    public T Of<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public static ReleaseId Release(string dataset = Open, string edition = Edition, int revision = 1) => new(dataset, edition, revision);

    /// <summary>Packages and publishes a delivery, and tells the gateway.</summary>
    public async Task<Package> PublishAsync(SampleDelivery delivery, ReleaseId? release = null)
    {
        ReleaseId id = release ?? Release();
        Dataset dataset = Catalog.Current.Datasets[id.Dataset];
        PackagePlan plan = await PackagePlan.ForAsync(delivery, dataset.Package, CancellationToken.None);
        PackageWriter writer = new(Options.Create(new PackagingOptions()));
        Package package = await writer.WriteAsync(id, dataset, delivery, plan, Of<BlobStore>(), new PackagingProgress(), CancellationToken.None);
        await Of<ReleasePublisher>().PublishAsync(package, dataset, DateTimeOffset.UnixEpoch, null, CancellationToken.None);
        return package;
    }

    /// <summary>Publishes random bytes under a name of a few megabytes, and returns the archive as it is stored.</summary>
    public async Task<(string Path, byte[] Archive)> PublishRandomAsync(int bytes, ReleaseId? release = null, int seed = 1)
    {
        ReleaseId id = release ?? Release();
        byte[] content = new byte[bytes];
        new Random(seed).NextBytes(content);
        await PublishAsync(new SampleDelivery().With("CN1/CN1A.bin", content), id);
        return (PathOf(id, id.ArchiveName(1)), await File.ReadAllBytesAsync(StoredAt(id, id.ArchiveName(1))));
    }

    public static string PathOf(ReleaseId release, string name) => PublicAddress.Of(release, name);

    public string StoredAt(ReleaseId release, string name) => Path.Combine(_folder.Path, "storage", BlobKey.Of(release, name).Path);

    /// <summary>An account with a key, known to the gateway.</summary>
    public async Task<(Account Account, string Key)> AccountAsync(string name, string tier = "registered")
    {
        AccountStore store = Of<AccountStore>();
        Account account = (await store.AddAsync(name, null, tier, AccountState.Active, [], "test", CancellationToken.None)).Value.ShouldNotBeNull();
        IssuedKey key = (await store.AddKeyAsync(name, "test", null, "test", CancellationToken.None)).Value.ShouldNotBeNull();
        await Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        return (account, key.Reveal());
    }

    public async Task<HttpResponseMessage> SendAsync(string path, string? key = null, string method = "GET", params (string Name, string Value)[] fields)
    {
        HttpRequestMessage request = new(new HttpMethod(method), path);
        if (key is not null)
        {
            request.Headers.Authorization = new("Bearer", key);
        }
        foreach ((string name, string value) in fields)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<(HttpStatusCode Status, Problem Problem)> ProblemAsync(string path, string? key = null, string method = "GET", params (string Name, string Value)[] fields)
    {
        using HttpResponseMessage response = await SendAsync(path, key, method, fields);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        Problem problem = System.Text.Json.JsonSerializer.Deserialize(await response.Content.ReadAsStreamAsync(), FormatJson.Default.Problem)!;
        problem.Status.ShouldBe((int)response.StatusCode);
        return (response.StatusCode, problem);
    }

    /// <summary>Sends bytes as they are and returns all that comes back, to the end of the connection.</summary>
    public async Task<string> RawAsync(string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, Url.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using MemoryStream answer = new();
        try
        {
            await stream.CopyToAsync(answer, new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        }
        catch (IOException)
        {
            answer.Write("(reset)"u8);
        }
        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>Where the store and the database are.</summary>
    public string Folder => _folder.Path;

    /// <summary>An orderly stop; what was registered can still be asked.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <summary>What the journal has, in order.</summary>
    public async Task<IReadOnlyList<JournalLine>> JournalAsync()
    {
        await using System.Data.Common.DbConnection connection = await Of<SqlDatabase>().OpenAsync(CancellationToken.None);
        return [.. await Dapper.SqlMapper.QueryAsync<JournalLine>(
            connection, "SELECT account_id AS AccountId, address, file, status, ranges, asked, sent, outcome FROM downloads ORDER BY id")];
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>A row of the journal.</summary>
internal sealed record JournalLine
{
    public string? AccountId { get; init; }

    public string Address { get; init; } = "";

    public string File { get; init; } = "";

    public int Status { get; init; }

    public string? Ranges { get; init; }

    public long Asked { get; init; }

    public long Sent { get; init; }

    public string Outcome { get; init; } = "";
}

/// <summary>One dataset of each access level; tiers fast enough for tests, and one that is slow.</summary>
internal sealed class HandMadeCatalog : ICurrentCatalog
{
    public DatasetCatalog Current { get; } = new(
        new[]
        {
            Dataset(GatewayHost.Open, AccessLevel.Open),
            Dataset(GatewayHost.Registered, AccessLevel.Registered),
            Dataset(GatewayHost.Agreement, AccessLevel.Agreement),
            Dataset(GatewayHost.Restricted, AccessLevel.Restricted),
        }.ToFrozenDictionary(dataset => dataset.Code),
        new[]
        {
            new Tier(Tier.Anonymous, ByteRate.FromMegabits(8000), 16),
            new Tier(Tier.Registered, ByteRate.FromMegabits(8000), 16),
            new Tier("slow", ByteRate.FromMegabits(4), 2),
            new Tier("many", ByteRate.FromMegabits(8), 40),
            new Tier("pair", ByteRate.FromMegabits(20), 2),
        }.ToFrozenDictionary(tier => tier.Id),
        new Dictionary<string, Terms> { ["basic-data"] = new("basic-data", 2, DateOnly.MinValue, new LocalizedText("协议", "Terms"), new LocalizedText("…", "…")) }.ToFrozenDictionary(),
        ByteRate.FromMegabits(8000));

    public event Action<DatasetCatalog>? Changed
    {
        add { }
        remove { }
    }

    private static Dataset Dataset(string code, AccessLevel access) => new()
    {
        Code = code,
        Name = new LocalizedText("全文", "Full text " + code),
        Description = new LocalizedText("样品", "Sample"),
        Jurisdiction = "CN",
        Category = "patent",
        Content = "full-text",
        Provenance = "own-proposal",
        Access = access,
        Terms = access >= AccessLevel.Agreement ? "basic-data" : null,
        Schedule = new DatasetSchedule("0 0 6 ? * TUE", TimeZoneInfo.Utc, TimeSpan.FromDays(1)),
        Source = new DatasetSource(SourceKind.Directory, "CN/" + code, "READY"),
        Package = new PackageRules(1 << 30, new Regex("^(?<number>CN[0-9]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))),
    };
}

/// <summary>Everything that was logged, to look at afterwards.</summary>
internal sealed class CapturedLines : ILoggerProvider, ILogger
{
    private readonly List<string> _lines = [];

    public string Text
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            lock (_lines)
            {
                _lines.Add($"{logLevel}: {formatter(state, exception)} {exception}");
            }
        }
    }

    public void Dispose()
    {
    }
}
