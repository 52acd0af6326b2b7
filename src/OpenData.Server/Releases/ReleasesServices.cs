using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace OpenData.Server.Releases;

/// <summary>Registers releases; needs the database, the store and the catalog.</summary>
public static class ReleasesServices
{
    /// <summary>Adds what publishes, withdraws, asks and sweeps, with the settings of <see cref="ReleasesOptions"/>.</summary>
    public static IServiceCollection AddReleases(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ReleasesOptions>().Bind(configuration.GetSection(ReleasesOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ReleasesOptions>, Validation>();
        services.AddSingleton<PublishBarrier>();
        services.AddSingleton<EditionStates>();
        services.AddSingleton<ChangeFeed>();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<UpstreamKeys>();
        services.AddSingleton<ReleaseImporter>();
        services.AddSingleton<ReleasePublisher>();
        services.AddSingleton<ReleaseEntries>();
        services.AddSingleton<EntryChanges>();
        services.AddSingleton<WithdrawnDocuments>();
        services.AddSingleton<Holds>();
        services.AddSingleton<Withdrawals>();
        services.AddSingleton<Archiving>();
        services.AddSingleton<ReleaseQueries>();
        services.AddSingleton<ReleaseListings>();
        services.AddSingleton<Sweep>();
        return services;
    }

    /// <summary>Adds what follows the change feed, for a process that serves: it reads the database from the start on.</summary>
    public static IServiceCollection AddChangeWatch(this IServiceCollection services)
    {
        services.AddSingleton<ChangeWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ChangeWatch>());
        return services;
    }

    /// <summary>Adds what tells the change feed of changes in the catalog.</summary>
    public static IServiceCollection AddDatasetNews(this IServiceCollection services) => services.AddHostedService<DatasetNews>();

    private sealed class Validation : IValidateOptions<ReleasesOptions>
    {
        public ValidateOptionsResult Validate(string? name, ReleasesOptions options)
        {
            if (options.SigningKeyFile is not { } file)
            {
                return ValidateOptionsResult.Success;
            }
            try
            {
                SigningKey.FromPem(File.ReadAllText(file));
                return ValidateOptionsResult.Success;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                return ValidateOptionsResult.Fail($"{ReleasesOptions.Section}:SigningKeyFile: '{file}' is not a readable ECDSA P-256 private key in PEM: {e.Message}");
            }
        }
    }
}
