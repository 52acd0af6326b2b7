using OpenData.Server.Packaging.Deflate;

namespace OpenData.Server.Packaging;

/// <summary>Registers the packaging room.</summary>
public static class PackagingServices
{
    /// <summary>Adds <see cref="PackageWriter"/> and its settings, validated at start.</summary>
    public static IServiceCollection AddPackaging(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PackagingOptions>()
            .Bind(configuration.GetSection(PackagingOptions.Section))
            .ValidateDataAnnotations()
            .Validate(
                options => options.Engine != DeflateEngineKind.Libdeflate || LibdeflateEngine.TryLoad(out _),
                $"{PackagingOptions.Section}:{nameof(PackagingOptions.Engine)} is Libdeflate, and libdeflate.so.0 was not found. Install it (Debian: libdeflate0) or set Auto.")
            .Validate(
                options => options.Engine != DeflateEngineKind.Isal || IsalEngine.TryLoad(out _),
                $"{PackagingOptions.Section}:{nameof(PackagingOptions.Engine)} is Isal, and libisal.so.2 was not found. Install it (Debian: libisal2) or set Auto.")
            .ValidateOnStart();
        services.AddSingleton<PackageWriter>();
        return services;
    }
}
