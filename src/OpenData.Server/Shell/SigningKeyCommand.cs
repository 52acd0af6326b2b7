using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Server.Audit;
using OpenData.Server.Releases;

namespace OpenData.Server.Shell;

/// <summary><c>signing-key …</c>: the keys that sign releases, from the shell. Running servers follow at once.</summary>
internal static class SigningKeyCommand
{
    public static Command Create(CommonOptions common) => new(
        "signing-key",
        """
        The keys that sign releases. An old key's signatures stay good; each new key is vouched for by the one before it.
        Example: opendata-server signing-key rotate --overlap P7D
        """)
    {
        List(common), Rotate(common),
    };

    private static Command List(CommonOptions common)
    {
        Command command = new("list", "Lists all keys, the newest first: id, from when to when it signs. Example: opendata-server signing-key list");
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = await common.PrepareAsync(arguments, stop);
            SigningKeyList list = await app.Services.GetRequiredService<SigningKeys>().ListAsync(stop);
            foreach (ListedSigningKey key in list.Keys)
            {
                await arguments.InvocationConfiguration.Output.WriteLineAsync(
                    string.Join('\t', key.Id, Text(key.ValidFrom), key.ValidUntil is { } until ? Text(until) : "-", key.Id == list.Current ? "signs now" : ""));
            }
            return Verb.Done;
        });
        return command;
    }

    private static Command Rotate(CommonOptions common)
    {
        Option<TimeSpan> overlap = new("--overlap")
        {
            Description = "How long the new key is listed before it signs (ISO 8601), such as P7D, which is the default; PT0S lets it sign at once.",
            HelpName = "DURATION",
            DefaultValueFactory = _ => SigningKeys.DefaultOverlap,
            CustomParser = argument => Durations.Parse(argument, least: TimeSpan.Zero) ?? default,
        };
        Option<string?> file = new("--key-file") { Description = "Where the key is in a file: the new private key in PEM.", HelpName = "FILE" };
        Command command = new("rotate", "Lists a new key that signs once the overlap is over. Example: opendata-server signing-key rotate --overlap P7D") { overlap, file };
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = await common.PrepareAsync(arguments, stop);
            SigningKey? given = null;
            if (arguments.GetValue(file) is { } path)
            {
                try
                {
                    given = SigningKey.FromPem(await File.ReadAllTextAsync(path, stop));
                }
                catch (CryptographicException e)
                {
                    await Console.Error.WriteLineAsync($"'{path}' is not an ECDSA P-256 private key in PEM: {e.Message}");
                    return Verb.Failed;
                }
            }
            AuditTrail audit = app.Services.GetRequiredService<AuditTrail>();
            (ListedSigningKey? key, string? obstacle) = await app.Services.GetRequiredService<SigningKeys>().RotateAsync(
                arguments.GetValue(overlap),
                given,
                (transaction, made) => audit.AddAsync(transaction, new AuditAct(AccountCommand.Actor, "signing-key.rotate", made.Id.ToString(), After: $"begins at {Text(made.ValidFrom)}")),
                stop);
            if (key is null)
            {
                await Console.Error.WriteLineAsync(obstacle);
                return Verb.Failed;
            }
            await arguments.InvocationConfiguration.Output.WriteLineAsync($"{key.Id} is listed now and signs from {Text(key.ValidFrom)}.");
            return Verb.Done;
        });
        return command;
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
