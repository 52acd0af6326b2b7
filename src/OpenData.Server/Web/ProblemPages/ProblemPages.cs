using OpenData.Format;
using OpenData.Server.Web.Components;

namespace OpenData.Server.Web.ProblemPages;

/// <summary><c>/problems</c>, <c>/problems/TYPE</c>: what the types of problems mean with which the API and the files refuse, and what to do (RFC 9457, section 3.1.1).</summary>
internal static class ProblemPages
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet(ProblemType.Folder, (HttpContext http) => SitePage.Of<ProblemListPage>(http));
        pages.MapGet(ProblemType.Folder + "/{type}", (string type, HttpContext http) =>
            ProblemType.Find(type) is { } known ? SitePage.Of<ProblemPage>(http, known) : TypedResults.NotFound());
    }
}
