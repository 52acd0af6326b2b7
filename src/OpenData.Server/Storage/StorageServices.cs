using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.S3;

namespace OpenData.Server.Storage;

/// <summary>Registers the blob store that the settings name.</summary>
public static class StorageServices
{
    /// <summary>Adds a gateway's <see cref="ChunkCache"/>, where the store is a bucket and the settings leave it room.</summary>
    public static IServiceCollection AddChunkCache(this IServiceCollection services, IConfiguration configuration)
    {
        StorageOptions options = configuration.GetSection(StorageOptions.Section).Get<StorageOptions>() ?? new StorageOptions();
        if (options.Kind == StorageKind.S3 && ByteCount.TryParse(options.Cache.Size, out long size) && size > 0)
        {
            services.AddSingleton(provider => ChunkCache.Open(
                options.Cache.Path, size, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ChunkCache>>()));
        }
        return services;
    }

    /// <summary>Adds the <see cref="BlobStore"/> of section <see cref="StorageOptions.Section"/>.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StorageOptions>().Bind(configuration.GetSection(StorageOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsCheck>();
        services.AddSingleton<BlobStore>(provider =>
        {
            StorageOptions options = provider.GetRequiredService<IOptions<StorageOptions>>().Value;
            return options.Kind switch
            {
                StorageKind.S3 => new S3BlobStore(
                    new S3Connection(
                        options.S3, $"{StorageOptions.Section}:S3", (place, why, cause) => new BlobStoreUnavailableException(place, why, cause),
                        provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<S3Connection>>()),
                    provider.GetRequiredService<ILogger<S3BlobStore>>()),
                _ => FileBlobStore.Open(options.Path),
            };
        });
        services.AddHostedService<UnfinishedBlobs>();
        return services;
    }
}
