using Microsoft.Extensions.Options;
using OpenData.Server.S3;

namespace OpenData.Server.Storage;

/// <summary>Registers the blob store that the settings name.</summary>
public static class StorageServices
{
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
