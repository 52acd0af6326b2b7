using System.Text.Encodings.Web;
using System.Text.Unicode;
using OpenData.Server.Web.Assets;
using OpenData.Server.Web.Datasets;
using OpenData.Server.Web.Desk;
using OpenData.Server.Web.Feedback;
using OpenData.Server.Web.Find;
using OpenData.Server.Web.Manuals;
using OpenData.Server.Web.Members;
using OpenData.Server.Web.ReleasePages;
using OpenData.Server.Web.Safety;
using OpenData.Server.Web.Speed;
using OpenData.Server.Web.Statistics;

namespace OpenData.Server.Web;

/// <summary>Registers the site for people; needs the catalog, releases, accounts and the gateway.</summary>
public static class WebServices
{
    /// <summary>What is not the site's: programs ask for these, and are answered with problems, not with pages.</summary>
    private static readonly PathString[] s_forPrograms = ["/api", "/files", "/openapi", "/metrics", "/healthz", "/readyz", "/feeds", "/catalog", "/.well-known"];

    /// <summary>Adds what the pages need.</summary>
    public static IServiceCollection AddWeb(this IServiceCollection services)
    {
        services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All)); // Chinese as it is written
        services.AddRazorComponents();
        services.AddSingleton<SiteAssets>();
        services.AddSingleton<CurrentSearch>();
        services.AddSingleton<MarkdownPages>();
        services.AddSingleton<SampleArchives>();
        services.AddSingleton<FindingLines>();
        services.AddSingleton<ChangeLines>();
        services.AddSingleton<MemberDesk>();
        services.AddSingleton<RegistrationLimit>();
        services.AddSingleton<ProofLimit>();
        services.AddSingleton<AccountMail>();
        services.AddSingleton<ForgottenLimit>();
        services.AddSingleton<FeedbackDeskReading>();
        services.AddSpeed();
        services.AddDesk();
        return services;
    }

    /// <summary>Finds out who is signed in, and gives every answer to a reader its headers and every failure a page. Call it before anything is mapped.</summary>
    public static IApplicationBuilder UseWeb(this IApplicationBuilder app) =>
        app.Use(MemberSession.IdentifyAsync).UseWhen(
            http => !Array.Exists(s_forPrograms, path => http.Request.Path.StartsWithSegments(path)),
            site => site.Use(PageHeaders.SetAsync).Use(Visits.CountAsync).UseMiddleware<PageErrors>().UseSpeed());

    /// <summary>Maps the pages.</summary>
    public static IEndpointRouteBuilder MapWeb(this IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder pages = endpoints.MapGroup("").ExcludeFromDescription();
        SiteAssets.Map(pages);
        RouteGroupBuilder kept = pages.MapGroup("").KeepForReaders();
        CatalogPages.Map(kept);
        DatasetPages.Map(kept);
        ReleasePages.ReleasePages.Map(kept);
        TextPages.Map(kept);
        ProblemPages.ProblemPages.Map(kept);
        MemberPages.Map(pages);
        pages.MapDesk();
        FeedbackPages.Map(pages);
        FeedbackDesk.Map(pages);
        StatisticsPages.Map(pages);
        FeedbackApi.Map(endpoints);
        return endpoints;
    }
}
