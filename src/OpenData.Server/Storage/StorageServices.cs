namespace OpenData.Server.Storage;

/// <summary>Registers the blob store that the settings name.</summary>
public static class StorageServices
{
    /// <summary>Adds the <see cref="BlobStore"/> of section <see cref="StorageOptions.Section"/>.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        StorageOptions options = configuration.GetSection(StorageOptions.Section).Get<StorageOptions>() ?? new();
        services.AddSingleton(options);
        services.AddSingleton<BlobStore>(_ => FileBlobStore.Open(options.Path));
        return services;
    }
}
