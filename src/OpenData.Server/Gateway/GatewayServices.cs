using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Proxies;

namespace OpenData.Server.Gateway;

/// <summary>Registers the gateway; needs the catalog, the database, the store, releases, accounts and bandwidth.</summary>
public static class GatewayServices
{
    /// <summary>Adds downloads and the API, with the settings of <see cref="GatewayOptions"/>, and sets Kestrel up for them.</summary>
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GatewayOptions>().Bind(configuration.GetSection(GatewayOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, Validation>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<PublicAddress>();
        services.AddSingleton<OpenContents>();
        services.AddSingleton<EntryIndexes>();
        services.AddSingleton<KnownArchives>();
        services.AddSingleton<FileFinder>();
        services.AddSingleton<RunningDownloads>();
        services.AddSingleton<DownloadJournal>();
        services.AddHostedService(provider => provider.GetRequiredService<DownloadJournal>());
        services.AddSingleton<ResumeRight>();
        services.AddSingleton<AccountUsage>();
        services.AddSingleton<Downloads>();
        services.AddHostedService<GatewayChanges>();
        services.AddHostedService<DamageWatch>();
        services.AddHostedService<Drain>();
        services.AddOptions<HostOptions>().Configure<IOptions<GatewayOptions>>((host, gateway) =>
            host.ShutdownTimeout = gateway.Value.DrainDelay + gateway.Value.DrainTimeout + TimeSpan.FromSeconds(30));
        services.AddSingleton<TrustedProxies>();
        services.AddOptions<ForwardedHeadersOptions>().Configure<TrustedProxies>((forwarded, proxies) => proxies.Apply(forwarded));
        services.AddSingleton<ConnectionLimits>();
        services.AddSingleton<FastLane.AnswerSender>();
        services.AddSingleton<FastLane.FastLane>();
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, FormatJson.Default);
            options.SerializerOptions.TypeInfoResolverChain.Insert(1, GatewayJson.Default);
            options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            options.SerializerOptions.Encoder = TaggedDocument.JsonEncoder;
        });
        services.AddOpenApi("v1", options =>
        {
            options.ShouldInclude = endpoint => endpoint.HttpMethod != HttpMethods.Head; // HEAD is as GET, see HeadRequests
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info.Description = $"Every refusal is a problem (RFC 9457). Its type is the address of a page that says what it means and what to do; {ProblemType.Folder} has them all.";
                return Task.CompletedTask;
            });
        });
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true); // so that the problem can say what is wrong with a body
        services.AddKestrel();
        return services;
    }

    /// <summary>Gives every refusal below <c>/api</c> and <c>/files</c> a problem as its body. Call it before anything that may refuse.</summary>
    public static IApplicationBuilder UseGateway(this IApplicationBuilder app)
    {
        app.UseForwardedHeaders();
        CancellationToken stopping = app.ApplicationServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        app.Use(next => async http =>
        {
            if (stopping.IsCancellationRequested && HttpProtocol.IsHttp11(http.Request.Protocol))
            {
                http.Response.Headers.Connection = "close"; // the next request goes to another gateway
            }
            try
            {
                await next(http);
            }
            catch (Microsoft.AspNetCore.Http.BadHttpRequestException e) when (e.GetType() == typeof(Microsoft.AspNetCore.Http.BadHttpRequestException) && !http.Response.HasStarted)
            {
                http.Response.Clear();
                http.Response.StatusCode = e.StatusCode; // where no problem is told
            }
        });
        return app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/api") || http.Request.Path.StartsWithSegments("/files"),
            branch => branch.UseMiddleware<ProblemMiddleware>());
    }

    /// <summary>Maps files, the API and its description.</summary>
    public static IEndpointRouteBuilder MapGateway(this IEndpointRouteBuilder endpoints)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        Downloads downloads = endpoints.ServiceProvider.GetRequiredService<Downloads>();
        foreach (string together in (string[])[SmallFiles.Name, SmallFiles.WholeName])
        {
            endpoints.MapMethods($"/files/{{dataset}}/{{edition}}/{{revision}}/{together}", methods, (RequestDelegate)(http => downloads.HandleSmallFilesAsync(http, together))).ExcludeFromDescription();
        }
        endpoints.MapMethods("/files/{dataset}/{edition}/{revision}/{name}", methods, (RequestDelegate)downloads.HandleAsync).ExcludeFromDescription();
        endpoints.MapMethods("/files/{dataset}/{edition}/{revision}/{name}/{**entry}", methods, (RequestDelegate)downloads.HandleAsync).ExcludeFromDescription();

        RouteGroupBuilder api = endpoints.MapGroup("/api/v1").WithHead();
        api.MapDatasets();
        api.MapReleases();
        api.MapFileLookup();
        api.MapOwnUsage();
        endpoints.MapLinks();
        endpoints.MapOpenApi("/openapi/{documentName}.json");
        endpoints.MapWellKnown();
        return endpoints;
    }

    private static void AddKestrel(this IServiceCollection services)
    {
        // A bare LF ends no line (RFC 9112, 2.2 leaves it open): what reads it otherwise could be made to see two requests in one.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        // Grants are handed out on the pacer's thread and go straight into send(2): a hop to the pool would cost more than both.
        services.Configure<SocketTransportOptions>(transport =>
        {
            transport.UnsafePreferInlineScheduling = true;
            transport.MaxReadBufferSize = KestrelSetup.RequestBuffer; // what a client may pipeline behind a download that it does not read
            transport.MaxWriteBufferSize = FastLane.SocketOutput.NothingBuffered;
        });
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, KestrelSetup>();
    }

    private sealed class KestrelSetup(IOptions<GatewayOptions> options, TrustedProxies proxies, ConnectionLimits limits, FastLane.FastLane fastLane) : IConfigureOptions<KestrelServerOptions>
    {
        public const int RequestBuffer = 64 * 1024;

        public void Configure(KestrelServerOptions kestrel)
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = options.Value.MaxConnections;
            kestrel.Limits.MaxResponseBufferSize = 16 * 1024; // what a client that stops reading holds, beside its socket's buffers
            kestrel.Limits.MaxRequestBufferSize = RequestBuffer;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.Http2.MaxStreamsPerConnection = 100;
            kestrel.ConfigureEndpointDefaults(listen =>
            {
                listen.Use(proxies.Unwrap);
                listen.Use(limits.Limit);
                if (options.Value.SendFile)
                {
                    listen.Use(FastLane.SocketOutput.On);
                }
                if (options.Value is { FastLane: true, SendFile: true })
                {
                    listen.Use(fastLane.On(listen));
                }
            });
        }
    }

    private sealed class Validation : IValidateOptions<GatewayOptions>
    {
        public ValidateOptionsResult Validate(string? name, GatewayOptions options) =>
            options.Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
