using System.CommandLine;
using OpenData.Server.Accounts;

namespace OpenData.Server.Shell;

/// <summary><c>account …</c>: accounts from the shell. Running servers on the same database follow within a second.</summary>
internal static class AccountCommand
{
    /// <param name="prepare">The program with its database ready, for the settings of a command line.</param>
    public static Command Create(Func<ParseResult, CancellationToken, Task<WebApplication>> prepare) => new(
        "account",
        """
        Accounts. Running servers follow within a second.
        Example: opendata-server account add "Institute of Physics" --tier partner
        """)
    {
        Add(prepare),
        List(prepare),
        Change(prepare, "tier", "Gives an account another tier; its running downloads go on at that rate. Example: opendata-server account tier anna partner", "TIER",
            "A tier of catalog/tiers.yaml.", (store, account, tier, stop) => store.SetTierAsync(account, tier, Actor, stop), (account, _) => $"{account.Name} has the tier {account.Tier}."),
        Change(prepare, "suspend", "Suspends an account: its keys, links and running downloads end. Example: opendata-server account suspend anna", null, null,
            (store, account, _, stop) => store.SetStateAsync(account, AccountState.Suspended, Actor, stop), (account, _) => $"{account.Name} is suspended."),
        Change(prepare, "activate", "Activates a suspended or pending account. Example: opendata-server account activate anna", null, null,
            (store, account, _, stop) => store.SetStateAsync(account, AccountState.Active, Actor, stop), (account, _) => $"{account.Name} is active."),
        Change(prepare, "accept", "Notes that an account accepted terms in the version in force, on paper for instance. Example: opendata-server account accept anna basic-data", "TERMS",
            "An id of catalog/terms.", (store, account, terms, stop) => store.AcceptTermsAsync(account, terms, Actor, stop), (account, terms) => $"{account.Name} has accepted {terms} version {account.AcceptedTerms[terms]}."),
        Change(prepare, "grant", "Grants an account a restricted dataset. Example: opendata-server account grant anna CN-PA-TXTS-10-A", "DATASET",
            "A dataset's code.", (store, account, dataset, stop) => store.GrantAsync(account, dataset, Actor, stop), (account, dataset) => $"{account.Name} may download {dataset}."),
        Password(prepare),
    };

    /// <summary>Who changes accounts from this shell, for the audit.</summary>
    internal static string Actor => $"shell:{Environment.UserName}";

    private static Command Add(Func<ParseResult, CancellationToken, Task<WebApplication>> prepare)
    {
        Argument<string> name = new("NAME") { Description = "Its name; unique." };
        Option<string?> organization = new("--organization") { Description = "Whom it stands for.", HelpName = "NAME" };
        Option<string?> tier = new("--tier") { Description = "A tier of catalog/tiers.yaml; 'registered' unless told otherwise.", HelpName = "TIER" };
        Option<bool> admin = new("--admin") { Description = "It may curate: accounts, holds, releases." };
        Command command = new("add", "Makes an account. Example: opendata-server account add anna --organization \"Institute of Physics\" --tier partner")
        {
            name, organization, tier, admin,
        };
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication program = await prepare(arguments, stop);
            AccountResult<Account> result = await program.Services.GetRequiredService<AccountStore>().AddAsync(
                arguments.GetRequiredValue(name),
                arguments.GetValue(organization),
                arguments.GetValue(tier),
                AccountState.Active,
                arguments.GetValue(admin) ? [Role.Admin] : [],
                Actor,
                stop);
            return await TellAsync(arguments, result, account => $"Account {account.Name} ({account.Id}) with the tier {account.Tier}. Its first key: opendata-server key add \"{account.Name}\"");
        });
        return command;
    }

    private static Command List(Func<ParseResult, CancellationToken, Task<WebApplication>> prepare)
    {
        Command command = new("list", "Lists all accounts: name, tier, state, roles, organization. Example: opendata-server account list");
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication program = await prepare(arguments, stop);
            AccountStore store = program.Services.GetRequiredService<AccountStore>();
            const int Page = 1000;
            IReadOnlyList<Account> accounts = await store.ListAsync(null, Page, stop);
            while (accounts.Count > 0)
            {
                foreach (Account account in accounts)
                {
                    await arguments.InvocationConfiguration.Output.WriteLineAsync(string.Join(
                        '\t', account.Name, account.Tier, account.State.ToString().ToLowerInvariant(), string.Join(' ', account.Roles), account.Organization, account.Id));
                }
                accounts = accounts.Count < Page ? [] : await store.ListAsync(accounts[^1].Name, Page, stop);
            }
            return 0;
        });
        return command;
    }

    private static Command Password(Func<ParseResult, CancellationToken, Task<WebApplication>> prepare)
    {
        Argument<string> name = new("NAME") { Description = "The account's name or id." };
        Command command = new("password", "Gives an account a new password for the site, prints it once, and ends its sessions. Example: opendata-server account password anna") { name };
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication program = await prepare(arguments, stop);
            string password = Passwords.Make();
            string hash = await program.Services.GetRequiredService<Passwords>().HashAsync(password, stop);
            AccountResult<Account> result = await program.Services.GetRequiredService<AccountStore>().SetPasswordAsync(arguments.GetRequiredValue(name), hash, Actor, stop);
            return await TellAsync(arguments, result, account => $"{account.Name} signs in with: {password}");
        });
        return command;
    }

    /// <summary>A verb that changes one account, with one more argument or none.</summary>
    private static Command Change(
        Func<ParseResult, CancellationToken, Task<WebApplication>> prepare,
        string verb,
        string description,
        string? valueName,
        string? valueDescription,
        Func<AccountStore, string, string, CancellationToken, Task<AccountResult<Account>>> change,
        Func<Account, string, string> tell)
    {
        Argument<string> name = new("NAME") { Description = "The account's name or id." };
        Command command = new(verb, description) { name };
        Argument<string>? value = null;
        if (valueName is not null)
        {
            value = new(valueName) { Description = valueDescription };
            command.Add(value);
        }
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication program = await prepare(arguments, stop);
            string given = value is null ? "" : arguments.GetRequiredValue(value);
            AccountResult<Account> result = await change(
                program.Services.GetRequiredService<AccountStore>(), arguments.GetRequiredValue(name), given, stop);
            return await TellAsync(arguments, result, account => tell(account, given));
        });
        return command;
    }

    /// <summary>Says what came of it: 0 done, 1 refused and named.</summary>
    internal static async Task<int> TellAsync<T>(ParseResult arguments, AccountResult<T> result, Func<T, string> done)
        where T : class
    {
        if (result.Done)
        {
            await arguments.InvocationConfiguration.Output.WriteLineAsync(done(result.Value));
            return 0;
        }
        await arguments.InvocationConfiguration.Error.WriteLineAsync(result.Fault.Text);
        return 1;
    }
}
