using System.Text.Json;
using System.Text.Json.Serialization;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;

namespace OpenData.Server.Shell;

/// <summary>The accounts of the demo: one for each tier and an administrator, with their keys and passwords in <c>demo.json</c>.</summary>
internal sealed class DemoAccounts(AccountStore accounts, Passwords passwords, ICurrentCatalog catalog)
{
    public const string FileName = "demo.json";

    private const string Actor = "demo";
    private const string AdminTier = "partner";

    /// <summary>Writes <c>demo.json</c> unless it is there. All accounts have accepted all terms and may download every dataset.</summary>
    /// <param name="folder">The demo's data folder.</param>
    /// <param name="url">Where the demo serves.</param>
    /// <param name="deliveries">Where its deliveries are.</param>
    /// <param name="stop">Cancels.</param>
    public async Task WriteAsync(string folder, string url, string deliveries, CancellationToken stop)
    {
        string path = Path.Combine(folder, FileName);
        DemoFile? known = File.Exists(path) ? JsonSerializer.Deserialize(await File.ReadAllBytesAsync(path, stop), DemoJson.Default.DemoFile) : null;
        DemoFile file = new(url, Path.GetFullPath(deliveries), known?.Accounts ?? await CreateAsync(stop));
        string draft = path + ".new";
        FileStreamOptions owned = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            owned.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // it holds keys
        }
        await using (FileStream stream = new(draft, owned))
        {
            await JsonSerializer.SerializeAsync(stream, file, DemoJson.Default.DemoFile, stop);
        }
        File.Move(draft, path, overwrite: true);
    }

    private async Task<IReadOnlyList<DemoAccount>> CreateAsync(CancellationToken stop)
    {
        List<DemoAccount> made = [];
        foreach (Tier tier in catalog.Current.Tiers.Values.OrderBy(t => t.Rate))
        {
            made.Add(await CreateAsync($"demo-{tier.Id}", tier.Id, [], tier.Id, stop));
        }
        made.Add(await CreateAsync("demo-admin", catalog.Current.Tiers.ContainsKey(AdminTier) ? AdminTier : Tier.Registered, [Role.Admin], Role.Admin, stop));
        return made;
    }

    private async Task<DemoAccount> CreateAsync(string name, string tier, string[] roles, string told, CancellationToken stop)
    {
        // There already if an earlier start was stopped in between.
        AccountResult<Account> account = await accounts.FindAsync(name, stop);
        if (!account.Done)
        {
            account = Done(await accounts.AddAsync(name, "OpenData demo", tier, AccountState.Active, roles, Actor, stop));
        }
        foreach (string terms in catalog.Current.Terms.Keys)
        {
            Done(await accounts.AcceptTermsAsync(account.Value!.Id, terms, Actor, stop));
        }
        foreach (Dataset dataset in catalog.Current.Datasets.Values.Where(d => d.Access == AccessLevel.Restricted))
        {
            Done(await accounts.GrantAsync(account.Value!.Id, dataset.Code, Actor, stop));
        }
        string key = Done(await accounts.AddKeyAsync(account.Value!.Id, "demo", null, Actor, stop)).Value!.Reveal();
        string password = Passwords.Make();
        Done(await accounts.SetPasswordAsync(account.Value!.Id, await passwords.HashAsync(password, stop), Actor, stop));
        return new DemoAccount(name, told, key, password);
    }

    private static AccountResult<T> Done<T>(AccountResult<T> result)
        where T : class => result.Done ? result : throw new InvalidOperationException(result.Fault.Text);
}

/// <param name="Url">Where the demo serves.</param>
/// <param name="Deliveries">The delivery root: what is put there is packaged.</param>
/// <param name="Accounts">Who may download.</param>
internal sealed record DemoFile(string Url, string Deliveries, IReadOnlyList<DemoAccount> Accounts);

/// <param name="Name">The account's name.</param>
/// <param name="Tier">Its tier, or <c>admin</c>.</param>
/// <param name="Key">Its key.</param>
/// <param name="Password">Its password for the site; absent in a demo of before there was one.</param>
internal sealed record DemoAccount(string Name, string Tier, string Key, string? Password = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(DemoFile))]
internal sealed partial class DemoJson : JsonSerializerContext;
