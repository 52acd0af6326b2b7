using OpenData.Server.Web.Components;

namespace OpenData.Server.Web.Desk;

/// <summary><c>/admin</c>: the state of everything on one screen.</summary>
internal static class OverviewPages
{
    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("", (HttpContext http) => SitePage.Of<OverviewPage>(http));
}
