using OpenData.Server.Web.Components;

namespace OpenData.Server.Web.Desk;

/// <summary><c>/admin</c>: the state of everything on one screen, and <c>/admin/live</c>, the same whenever it changes.</summary>
internal static class OverviewPages
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("", async (HttpContext http, DeskState desk, CancellationToken stop) => SitePage.Of<OverviewPage>(http, await desk.ViewAsync(fresh: true, stop)));
        pages.MapGet("/live", (HttpContext http, DeskState desk) => LivePart<OverviewPart>.SendAsync(http, async stop => await desk.ViewAsync(fresh: false, stop), s_interval));
    }
}
