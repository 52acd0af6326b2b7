using System.CommandLine;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Server.Storage;

namespace OpenData.Server.Shell;

/// <summary><c>sweep [--dry-run]</c>: removes blobs that no release names.</summary>
internal static class SweepCommand
{
    public static Command Create(CommonOptions common)
    {
        Option<bool> dryRun = new("--dry-run") { Description = "Only say what would be removed." };
        Command command = new("sweep", "Removes blobs that no release names and that are older than a day. Example: opendata-server sweep --dry-run") { dryRun };
        command.SetAction(async (arguments, stop) =>
        {
            await using WebApplication app = await common.PrepareAsync(arguments, stop);
            bool dry = arguments.GetValue(dryRun);
            IReadOnlyList<BlobInfo> removed = await app.Services.GetRequiredService<Sweep>().RunAsync(dry, stop);
            foreach (BlobInfo blob in removed)
            {
                Console.WriteLine($"{blob.Key}  {ByteCount.Format(blob.Bytes)}");
            }
            Console.WriteLine($"{removed.Count} blobs, {ByteCount.Format(removed.Sum(b => b.Bytes))} {(dry ? "would be removed" : "removed")}.");
            return Verb.Done;
        });
        return command;
    }
}
