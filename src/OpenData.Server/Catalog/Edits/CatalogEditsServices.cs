namespace OpenData.Server.Catalog.Edits;

/// <summary>Registration of the room; it needs the catalog and the database.</summary>
public static class CatalogEditsServices
{
    /// <summary>Adds <see cref="CatalogEdits"/> and what follows them.</summary>
    public static IServiceCollection AddCatalogEdits(this IServiceCollection services)
    {
        services.AddSingleton<CatalogEdits>();
        services.AddSingleton<CatalogEditsWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<CatalogEditsWatch>());
        return services;
    }
}
