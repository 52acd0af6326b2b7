using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using OpenData.Server;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Samples;
using OpenData.Server.Scheduling;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>The whole server with the project's catalog, a few datasets published, and a real browser in front of it. One for the tests of a class.</summary>
public abstract class Site(DatabaseKind kind) : IAsyncLifetime
{
    /// <summary>A dataset for accounts, one for anybody, one under terms, and one from abroad.</summary>
    public const string Registered = "CN-PA-TXTS-10-A";
    public const string Open = "CN-IC-REGS";
    public const string Agreement = "US-PA-TXTO-10-B";

    /// <summary>One that has an edition which takes seconds to download after <see cref="PublishLargeAsync"/>.</summary>
    public const string Large = "CN-PA-TXTS-10-B";

    private readonly TemporaryFolder _folder = new();
    private TestDatabase? _database;
    private WebApplication? _app;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where it is.</summary>
    public string Url { get; private set; } = "";

    /// <summary>A client that follows nothing and keeps no cookies.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>Where deliveries come in.</summary>
    public string Deliveries => _folder["data/deliveries"];

    /// <summary>Further settings; what they need is started here.</summary>
    protected virtual Task<IReadOnlyList<string>> SettingsAsync() => Task.FromResult<IReadOnlyList<string>>([]);

    public T Of<T>()
        where T : notnull => _app!.Services.GetRequiredService<T>();

    public async Task InitializeAsync()
    {
        if (kind is DatabaseKind.Postgresql && TestServers.NoPostgres is not null)
        {
            return; // the tests are skipped
        }
        _database = await TestDatabase.CreateAsync(kind);
        string[] database = [.. _database.Settings.Select(pair => $"{pair.Key}={pair.Value}")];
        _app = ServerApplication.Build(new ServerSettings(_folder["data"], "http://127.0.0.1:0", [.. database, "Logging:LogLevel:Default=Warning", .. await SettingsAsync()]), Roles.Gateway);
        await _app.PrepareAsync(CancellationToken.None);
        await PublishAsync(150_000, editions: 3, Registered, Open, Agreement);
        await _app.StartAsync();
        Url = _app.Urls.Single();
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(Url) };
    }

    /// <summary>The newest release of a dataset.</summary>
    public async Task<Release> LatestAsync(string dataset) => (await Of<ReleaseQueries>().LatestAsync(dataset, CancellationToken.None)).ShouldNotBeNull();

    /// <summary>Publishes an edition that takes seconds to download, which takes seconds, too.</summary>
    public async Task<Release> PublishLargeAsync()
    {
        await PublishAsync(40_000_000, editions: 1, Large);
        return await LatestAsync(Large);
    }

    /// <summary>A delivery of a dataset arrives; the marker is set last.</summary>
    public void Deliver(string dataset, string edition, params (string Name, string Text)[] files)
    {
        string folder = _folder[$"data/deliveries/{Of<ICurrentCatalog>().Current.Datasets[dataset].Source.Path}/{edition}"];
        Directory.CreateDirectory(folder);
        foreach ((string name, string text) in files.Append(("READY", "")))
        {
            File.WriteAllText(Path.Combine(folder, name), text);
        }
    }

    /// <summary>A new window of a browser that knows nothing yet.</summary>
    public async Task<IPage> BrowseAsync(string language = "en", bool dark = false, int width = 1280, int height = 900, bool scripts = true)
    {
        if (_browser is null)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = Environment.GetEnvironmentVariable("OPENDATA_TEST_CHROMIUM") is { Length: > 0 } path ? path : "/usr/bin/chromium",
                Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            });
        }
        IBrowserContext context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Url,
            Locale = language,
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new ViewportSize { Width = width, Height = height },
            JavaScriptEnabled = scripts,
        });
        context.SetDefaultTimeout(60_000);
        return await context.NewPageAsync();
    }

    /// <summary>Keeps a picture of the whole page below <c>TestResults/screenshots</c>.</summary>
    public Task PictureAsync(IPage page, string name) => page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, kind.ToString().ToLowerInvariant(), name + ".png"), FullPage = true });

    public virtual async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
        _playwright?.Dispose();
        Client?.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
        _folder.Dispose();
    }

    private static string Pictures
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OpenData.sln")))
            {
                folder = folder.Parent;
            }
            return Path.Combine(folder?.FullName ?? AppContext.BaseDirectory, "TestResults", "screenshots");
        }
    }

    private async Task PublishAsync(long bytes, int editions, params string[] codes)
    {
        DatasetCatalog catalog = Of<ICurrentCatalog>().Current;
        SampleOptions options = new(new DateOnly(2026, 11, 20), editions, bytes);
        await SampleDeliveries.WriteAsync(_folder["data/deliveries"], codes.Select(code => catalog.Datasets[code]), options);
        DueEditions due = Of<DueEditions>();
        foreach (string code in codes)
        {
            await due.PackageAsync(code, CancellationToken.None);
        }
    }
}

/// <summary>The site on SQLite.</summary>
public sealed class SiteOnSqlite() : Site(DatabaseKind.Sqlite);

/// <summary>The site on PostgreSQL.</summary>
public sealed class SiteOnPostgres() : Site(DatabaseKind.Postgresql);
