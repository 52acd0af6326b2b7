using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Database;
using OpenData.Server.Scheduling;

namespace OpenData.Tests.EndToEnd;

/// <summary>Accounts of the real program, straight into its database: two shells for each would take seconds. What they do is in <see cref="Shell.AccountCommandTests"/>.</summary>
internal static class ServerKeys
{
    /// <summary>A new active account.</summary>
    /// <param name="database">The program's, at its version.</param>
    /// <param name="name">The account's.</param>
    /// <param name="tier">The usual one where null.</param>
    /// <param name="roles">What it may do.</param>
    /// <returns>A key of it; a program that runs knows it before long.</returns>
    public static async Task<string> AddAsync(SqlDatabase database, string name, string? tier, params string[] roles)
    {
        AccountStore store = new(database, new ShippedCatalog(), TimeProvider.System);
        (await store.AddAsync(name, null, tier, AccountState.Active, roles, "test", CancellationToken.None)).Done.ShouldBeTrue();
        AccountResult<IssuedKey> issued = await store.AddKeyAsync(name, "test", null, "test", CancellationToken.None);
        issued.Done.ShouldBeTrue();
        return issued.Value.Reveal();
    }

    /// <summary>The catalog that the program reads.</summary>
    private sealed class ShippedCatalog : ICurrentCatalog
    {
        private static readonly DatasetCatalog s_shipped = CatalogFiles.Load(new CatalogOptions().Folder, Schedules.CronFault).Catalog.ShouldNotBeNull();

        public DatasetCatalog Current => s_shipped;

        public event Action<DatasetCatalog>? Changed
        {
            add { }
            remove { }
        }
    }
}
