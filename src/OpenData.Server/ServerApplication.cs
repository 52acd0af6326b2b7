using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Catalog.Edits;
using OpenData.Server.Database;
using OpenData.Server.Feedback;
using OpenData.Server.Feeds;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Bandwidth.Shares;
using OpenData.Server.Mail;
using OpenData.Server.Nodes;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Scheduling;
using OpenData.Server.Sources;
using OpenData.Server.Statistics;
using OpenData.Server.Storage;
using OpenData.Server.Telemetry;
using OpenData.Server.Web;
using OpenData.Server.Web.Admin;

namespace OpenData.Server;

/// <summary>The whole program, put together from its rooms.</summary>
internal static class ServerApplication
{
    /// <param name="settings">Settings from the command line; they win over the environment and <c>appsettings.json</c>.</param>
    /// <param name="roles">What this process does.</param>
    public static WebApplication Build(ServerSettings settings, Roles roles)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        settings.ApplyTo(builder.Configuration);
        builder.Logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        if (roles == Roles.None)
        {
            // A verb that ends by itself speaks through its output; only trouble is logged.
            builder.Logging.AddFilter(level => level >= LogLevel.Warning);
        }
        IServiceCollection services = builder.Services;
        IConfiguration configuration = builder.Configuration;
        services.AddSingleton(TimeProvider.System);

        // Truth: what is distributed, and what is known of it.
        services.AddCatalog(configuration, Schedules.CronFault);
        services.AddDatabase(configuration);
        services.AddAudit();
        services.AddCatalogEdits();

        // Upstream to downstream: what came, archives, blobs, what is public.
        services.AddSources(configuration);
        services.AddPackaging(configuration);
        services.AddStorage(configuration);
        services.AddReleases(configuration);
        services.AddScrubbing(configuration, roles.HasFlag(Roles.Worker));

        // Who asks, and at what rate.
        services.AddAccounts(configuration);
        services.AddMail(configuration);
        services.AddBandwidth(configuration);

        // On top.
        services.AddTelemetry(configuration);
        services.AddScheduling(configuration, roles.HasFlag(Roles.Worker));
        services.AddNodes(roles.Words());
        if (roles.HasFlag(Roles.Gateway))
        {
            services.AddBandwidthShares(configuration);
            services.AddChunkCache(configuration);
            services.AddChangeWatch();
            services.AddDatasetNews();
            services.AddGateway(configuration);
            services.AddFeeds(configuration);
            services.AddStatistics(configuration);
            services.AddFeedback(configuration);
            services.AddWeb();
        }

        WebApplication app = builder.Build();
        app.MapTelemetry();
        if (roles.HasFlag(Roles.Gateway))
        {
            app.UseGateway();
            app.UseWeb();
            app.MapAccounts();
            app.MapGateway();
            app.MapFeeds();
            app.MapAdminApi();
            app.MapWeb();
        }
        return app;
    }

    /// <summary>What must hold before anything else: settings are valid, database and store answer, the schema is this program's.</summary>
    /// <exception cref="Exception">Says which setting, database or store, where, and what to look at.</exception>
    public static async Task PrepareAsync(this WebApplication app, CancellationToken stop)
    {
        SettingsCheck.RefuseUnknown(app.Configuration);
        app.Services.GetService<IStartupValidator>()?.Validate();
        _ = app.Services.GetRequiredService<ICurrentCatalog>().Current;
        await app.Services.GetRequiredService<Migrator>().MigrateAsync(stop);
        await app.Services.GetRequiredService<CatalogEditsWatch>().PrepareAsync(stop);
        await app.Services.GetRequiredService<BlobStore>().ProbeAsync(stop);
    }
}
