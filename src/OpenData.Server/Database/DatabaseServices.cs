using Microsoft.Extensions.Options;

namespace OpenData.Server.Database;

/// <summary>Registers the metadata database.</summary>
public static class DatabaseServices
{
    /// <summary>
    /// Adds <see cref="SqlDatabase"/> and <see cref="Migrator"/> by the settings of <see cref="DatabaseOptions"/>. Before anything else uses
    /// the database, call <see cref="Migrator.MigrateAsync(CancellationToken)"/>.
    /// </summary>
    public static IServiceCollection AddDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DatabaseOptions>().Bind(configuration.GetSection(DatabaseOptions.Section)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DatabaseOptions>, Validation>();
        services.AddSingleton(provider =>
        {
            DatabaseOptions options = provider.GetRequiredService<IOptions<DatabaseOptions>>().Value;
            return Open(options, configuration["OpenData:DataFolder"] ?? "data");
        });
        services.AddSingleton<Migrator>();
        return services;
    }

    /// <summary>The database that the settings name; nothing is opened yet.</summary>
    internal static SqlDatabase Open(DatabaseOptions options, string dataFolder) => options.Provider switch
    {
        "sqlite" => new SqliteDatabase(options.Path ?? Path.Combine(dataFolder, "opendata.db")),
        "postgresql" => new PostgresDatabase(options.ConnectionString!),
        _ => throw new InvalidOperationException(options.Faults().First()),
    };

    private sealed class Validation : IValidateOptions<DatabaseOptions>
    {
        public ValidateOptionsResult Validate(string? name, DatabaseOptions options) =>
            options.Faults().ToArray() is { Length: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
