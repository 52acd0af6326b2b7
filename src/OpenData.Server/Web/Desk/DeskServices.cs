using OpenData.Server.Accounts;
using OpenData.Server.Web.Desk.Accounts;
using OpenData.Server.Web.Desk.Catalog;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Desk;

/// <summary>Registers <c>/admin</c>, the desk of those who run the office.</summary>
public static class DeskServices
{
    /// <summary>Adds what its pages need.</summary>
    public static IServiceCollection AddDesk(this IServiceCollection services)
    {
        services.AddSingleton<AccountsDesk>();
        services.AddSingleton<DirectoryDesk>();
        return services;
    }

    /// <summary>Maps the pages. Each group says whose it is.</summary>
    public static IEndpointRouteBuilder MapDesk(this IEndpointRouteBuilder pages)
    {
        OverviewPages.Map(pages.MapGroup("/admin").RequireRole([.. Role.All]));
        AccountsPages.Map(pages);
        DirectoryPages.Map(pages.MapGroup(DirectoryPages.Home).RequireRole(Role.Curator));
        return pages;
    }
}
