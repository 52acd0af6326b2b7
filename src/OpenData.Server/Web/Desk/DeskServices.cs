using OpenData.Server.Accounts;
using OpenData.Server.Gateway;
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
        services.AddSingleton<OfficerActs>();
        services.AddSingleton<DirectoryDesk>();
        services.AddSingleton<ActorNames>();
        services.AddSingleton<AuditReading>();
        services.AddSingleton<DeskState>();
        services.AddSingleton<HoldComparison>();
        services.AddSingleton<ReleaseUsage>();
        services.AddSingleton<ScheduleOverview>();
        services.AddSingleton<WithdrawalPreview>();
        return services;
    }

    /// <summary>Maps the pages. Each group says whose it is.</summary>
    public static IEndpointRouteBuilder MapDesk(this IEndpointRouteBuilder pages)
    {
        OverviewPages.Map(pages.MapGroup("/admin").RequireRole([.. Role.All]));
        AccountsPages.Map(pages);
        DirectoryPages.Map(pages.MapGroup(DirectoryPages.Home).RequireRole(Role.Curator));
        HoldPages.Map(pages.MapGroup("/admin/holds").RequireRole(Role.Curator));
        EditionPages.Map(pages.MapGroup("/admin/editions").RequireRole(Role.Curator));
        RunPages.Map(pages.MapGroup("/admin/runs").RequireRole(Role.Curator));
        SchedulePages.Map(pages.MapGroup("/admin/schedule").RequireRole(Role.Curator));
        BackFilePages.Map(pages.MapGroup("/admin/back-files").RequireRole(Role.Curator));
        WithdrawalPages.Map(pages.MapGroup("/admin/withdrawals").RequireRole(Role.Curator));
        StoredPages.Map(pages.MapGroup("/admin/stored").RequireRole(Role.Curator));
        AuditPages.Map(pages.MapGroup("/admin/audit").RequireRole(Role.Auditor));
        return pages;
    }
}
