using System.CommandLine;

namespace OpenData.Server.Shell;

/// <summary><c>serve [--roles gateway,worker]</c>: the service.</summary>
internal static class ServeCommand
{
    public static Command Create(CommonOptions common)
    {
        Option<string> roles = new("--roles") { Description = "gateway, worker or both (the default).", HelpName = "ROLES", DefaultValueFactory = _ => "gateway,worker" };
        roles.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Parse(token.Value) == Roles.None)
            {
                result.AddError($"'{token.Value}' is not a list of roles; expected gateway, worker or gateway,worker");
            }
        });
        Option<string?> urls = new("--urls") { Description = $"Addresses to listen on; {ServerSettings.DefaultUrl} by default.", HelpName = "URL" };
        Command command = new("serve", "Runs the service. Example: opendata-server serve --data /var/lib/opendata --urls http://0.0.0.0:8080") { roles, urls };
        command.SetAction((arguments, stop) => RunAsync(common.Settings(arguments, arguments.GetValue(urls)), Parse(arguments.GetRequiredValue(roles)), stop));
        return command;
    }

    /// <summary>Prepares, serves until stopped, and ends in order.</summary>
    public static async Task<int> RunAsync(ServerSettings settings, Roles roles, CancellationToken stop)
    {
        await using WebApplication app = ServerApplication.Build(settings, roles);
        await app.PrepareAsync(stop);
        await app.RunAsync(stop);
        return Verb.Done;
    }

    private static Roles Parse(string text)
    {
        Roles roles = Roles.None;
        foreach (string name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            Roles role = name switch { "gateway" => Roles.Gateway, "worker" => Roles.Worker, _ => Roles.None };
            if (role == Roles.None)
            {
                return Roles.None;
            }
            roles |= role;
        }
        return roles;
    }
}
