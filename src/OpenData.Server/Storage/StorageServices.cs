using System.Diagnostics.Metrics;
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
            services.AddSingleton(provider =>
            {
                ChunkCache cache = ChunkCache.Open(options.Cache.Path, size, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ChunkCache>>());
                ChunkCacheMetrics.Register(provider.GetRequiredService<IMeterFactory>(), cache);
                return cache;
            });
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
                StorageKind.S3 => Bucket(provider, options.S3, $"{StorageOptions.Section}:S3"),
                _ => FileBlobStore.Open(options.Path),
            };
        });
        services.AddSingleton<SecondStore>(provider =>
        {
            SecondStoreOptions options = provider.GetRequiredService<IOptions<StorageOptions>>().Value.Second;
            return options.Kind switch
            {
                SecondStoreKind.File => new SecondBlobStore(FileBlobStore.OpenToRead(options.Path)),
                SecondStoreKind.S3 => new SecondBlobStore(Bucket(provider, options.S3, $"{SecondStoreOptions.Section}:S3")),
                SecondStoreKind.Mirror => new MirrorStore(options),
                _ => new NoSecondStore(),
            };
        });
        services.AddHostedService<UnfinishedBlobs>();
        return services;
    }

    private static S3BlobStore Bucket(IServiceProvider provider, S3Options options, string section) => new(
        new S3Connection(
            options, section, (place, why, cause) => new BlobStoreUnavailableException(place, why, cause),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<S3Connection>>()),
        provider.GetRequiredService<ILogger<S3BlobStore>>());
}
