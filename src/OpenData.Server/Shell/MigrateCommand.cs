using System.CommandLine;
using OpenData.Server.Database;

namespace OpenData.Server.Shell;

/// <summary><c>migrate</c>: brings the database to this version.</summary>
internal static class MigrateCommand
{
    public static Command Create(CommonOptions common)
    {
        Command command = new("migrate", "Brings the database to this version of the program; serve does it too. Example: opendata-server migrate");
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = ServerApplication.Build(common.Settings(arguments), Roles.None);
            await app.Services.GetRequiredService<Migrator>().MigrateAsync(stop);
            Console.WriteLine($"{app.Services.GetRequiredService<SqlDatabase>().Place} is at this program's version.");
            return Verb.Done;
        });
        return command;
    }
}
