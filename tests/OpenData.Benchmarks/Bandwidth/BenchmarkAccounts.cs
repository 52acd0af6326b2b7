using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenData.Server;
using OpenData.Server.Accounts;

namespace OpenData.Benchmarks.Bandwidth;

/// <summary>Accounts for a measurement, straight into the server's database.</summary>
internal static class BenchmarkAccounts
{
    /// <summary>Makes <c>benchmark-0</c>, <c>benchmark-1</c> … with their tiers in turn, or gives those that are there their tiers again, and prints a line for each of their new keys.</summary>
    /// <param name="data">The server's data folder.</param>
    /// <param name="catalog">Its catalog.</param>
    /// <param name="count">How many accounts.</param>
    /// <param name="keys">How many keys of each.</param>
    /// <param name="tiers">One or more.</param>
    public static async Task<int> MakeAsync(string data, string catalog, int count, int keys, string[] tiers)
    {
        await using WebApplication program = ServerApplication.Build(new ServerSettings(data, null, $"OpenData:Catalog:Folder={catalog}"), Roles.None);
        await program.PrepareAsync(CancellationToken.None);
        AccountStore store = program.Services.GetRequiredService<AccountStore>();
        for (int i = 0; i < count; i++)
        {
            string name = $"benchmark-{i}";
            string tier = tiers[i % tiers.Length];
            AccountResult<Account> account = await store.AddAsync(name, null, tier, AccountState.Active, [], "benchmark", CancellationToken.None);
            if (!account.Done)
            {
                account = await store.SetTierAsync(name, tier, "benchmark", CancellationToken.None);
            }
            for (int key = 0; key < keys; key++)
            {
                AccountResult<IssuedKey> issued = await store.AddKeyAsync(name, $"key {key}", null, "benchmark", CancellationToken.None);
                if (!issued.Done)
                {
                    await Console.Error.WriteLineAsync(issued.Fault.ToString());
                    return 1;
                }
                await Console.Out.WriteLineAsync(issued.Value.Reveal());
            }
        }
        return 0;
    }
}
