using System.CommandLine;
using System.Globalization;
using OpenData.Server.Accounts;

namespace OpenData.Server.Shell;

/// <summary><c>key …</c>: keys of accounts from the shell. Running servers on the same database follow within a second.</summary>
internal static class KeyCommand
{
    /// <param name="prepare">The program with its database ready, for the settings of a command line.</param>
    public static Command Create(Func<ParseResult, CancellationToken, Task<WebApplication>> prepare) => new(
        "key",
        """
        Keys of accounts. Running servers follow within a second.
        Example: opendata-server key add anna --name laptop --expires P90D
        """)
    {
        Add(prepare), List(prepare), Revoke(prepare),
    };

    private static Command Add(Func<ParseResult, CancellationToken, Task<WebApplication>> prepare)
    {
        Argument<string> account = new("ACCOUNT") { Description = "The account's name or id." };
        Option<string> name = new("--name") { Description = "What its owner calls it.", HelpName = "NAME", DefaultValueFactory = _ => "key" };
        Option<TimeSpan?> expires = new("--expires") { Description = "How long it works (ISO 8601), such as P90D; for ever if left out.", HelpName = "DURATION", CustomParser = argument => Durations.Parse(argument, least: TimeSpan.FromTicks(1)) };
        Option<KeyScope> scope = new("--scope")
        {
            Description = "What it is limited to: a purpose (all, downloads, desk) and datasets or patterns of them, such as 'downloads CN-*'; all that the account may if left out.",
            HelpName = "WORDS",
            DefaultValueFactory = _ => KeyScope.All,
            AllowMultipleArgumentsPerToken = true,
            CustomParser = argument =>
            {
                if (KeyScope.TryParse(string.Join(' ', argument.Tokens.Select(token => token.Value)), out KeyScope limits) is { } fault)
                {
                    argument.AddError(fault);
                }
                return limits;
            },
        };
        Command command = new(
            "add", "Makes a key and prints it, alone on standard output: it is shown this once. Example: opendata-server key add anna --name laptop --expires P90D")
        {
            account, name, expires, scope,
        };
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication program = await prepare(arguments, stop);
            DateTimeOffset now = program.Services.GetRequiredService<TimeProvider>().GetUtcNow();
            AccountResult<IssuedKey> result = await program.Services.GetRequiredService<AccountStore>().AddKeyAsync(
                arguments.GetRequiredValue(account), arguments.GetRequiredValue(name), now + arguments.GetValue(expires), arguments.GetValue(scope) ?? KeyScope.All, AccountCommand.Actor, stop);
            return await AccountCommand.TellAsync(arguments, result, key => key.Reveal());
        });
        return command;
    }

    private static Command List(Func<ParseResult, CancellationToken, Task<WebApplication>> prepare)
    {
        Command command = new("list", "Lists all keys: id, account, name, state, when made, ends, last used, what for. Example: opendata-server key list");
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication program = await prepare(arguments, stop);
            AccountStore store = program.Services.GetRequiredService<AccountStore>();
            DateTimeOffset now = program.Services.GetRequiredService<TimeProvider>().GetUtcNow();
            Dictionary<string, string> names = new(StringComparer.Ordinal);
            foreach (StoredKey key in await store.ListKeysAsync(null, stop))
            {
                if (!names.TryGetValue(key.AccountId, out string? owner))
                {
                    names[key.AccountId] = owner = (await store.FindAsync(key.AccountId, stop)).Value?.Name ?? key.AccountId;
                }
                string state = key.RevokedAt is not null ? "revoked" : key.ExpiresAt <= now ? "expired" : "in force";
                await arguments.InvocationConfiguration.Output.WriteLineAsync(
                    string.Join('\t', key.Id, owner, key.Name, state, Text(key.CreatedAt), Text(key.ExpiresAt), Text(key.LastUsedAt), key.Limits));
            }
            return 0;
        });
        return command;
    }

    private static Command Revoke(Func<ParseResult, CancellationToken, Task<WebApplication>> prepare)
    {
        Argument<string> id = new("ID") { Description = "The key's id: the 16 characters after odk_." };
        Command command = new("revoke", "Revokes a key: it, its links and its running downloads end. Example: opendata-server key revoke 0123456789abcdef") { id };
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication program = await prepare(arguments, stop);
            string keyId = arguments.GetRequiredValue(id);
            AccountResult<Account> result = await program.Services.GetRequiredService<AccountStore>().RevokeKeyAsync(keyId, owner: null, AccountCommand.Actor, stop);
            return await AccountCommand.TellAsync(arguments, result, account => $"Key {keyId} of {account.Name} is revoked.");
        });
        return command;
    }

    private static string Text(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "-";
}
