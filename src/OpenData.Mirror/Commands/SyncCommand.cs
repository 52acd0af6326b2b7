using System.CommandLine;
using System.Globalization;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Feed;
using OpenData.Mirror.Progress;
using OpenData.Mirror.Releases;
using OpenData.Mirror.Remote;
using OpenData.Mirror.Sync;

namespace OpenData.Mirror.Commands;

/// <summary><c>opendata sync</c>: keeps a folder the same as what a server publishes.</summary>
internal static class SyncCommand
{
    private const string Keep = "keep";
    private const string Remove = "remove";
    private const string Quarantine = "quarantine";

    public static Command Create(Terminal terminal)
    {
        Option<string> to = new("--to") { Description = "The folder of the mirror.", HelpName = "DIR", Required = true };
        Option<string[]> datasets = MakeDatasets();
        Option<DateOnly?> since = MakeSince();
        Option<bool> once = new("--once") { Description = "End when everything that is published is there. This is the default." };
        Option<bool> follow = new("--follow") { Description = "Go on for ever: wait for changes, try again whatever fails. For a service." };
        Option<string> superseded = new("--superseded") { Description = "What becomes of a release that a correction replaced.", DefaultValueFactory = _ => Keep };
        superseded.AcceptOnlyFromAmong(Keep, Remove);
        Option<string> withdrawn = new("--withdrawn")
        {
            Description = "What becomes of a release that its publisher took back: it moves to DIR/.opendata/withdrawn, or is deleted.",
            DefaultValueFactory = _ => Quarantine,
        };
        withdrawn.AcceptOnlyFromAmong(Quarantine, Remove);
        Option<bool> restart = new("--restart-feed")
        {
            Description = "Read the feed from its beginning and accept one that is older than what was seen: after the operator restored a backup.",
        };
        Option<bool> json = new("--json") { Description = "A JSON object a line on standard output: fetched, removed, withdrawn, failed, refused, progress, up-to-date, notice." };
        Option<int> connections = TransferOptions.MakeConnections(8);
        Command command = new("sync", "Keeps a folder the same as what a server publishes: verified, resumed, corrected, unattended.")
        {
            to, datasets, since, once, follow, connections, TransferOptions.MaxRate, superseded, withdrawn, TransferOptions.TrustNewKey, restart, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(once) && result.GetValue(follow))
            {
                result.AddError("--once and --follow exclude each other.");
            }
        });
        command.WithExamples(
            ("opendata sync --to /data/mirror", "everything that your key may have, as of now"),
            ("opendata sync --to /data/mirror --dataset CN-PA-TXTS-10-A US-PA-TXTS-10-B --since 2024-01-01", "two datasets from a day on"),
            ("opendata sync --to /data/mirror --follow --max-rate 30M", "for ever, at most 30 MB/s"));
        command.SetAction((parsed, stop) => Failures.TellAsync(terminal, async () =>
        {
            SyncOptions options = new()
            {
                Selection = new Selection(
                    parsed.GetValue(datasets) is { Length: > 0 } codes ? codes.ToHashSet(StringComparer.Ordinal) : null, parsed.GetValue(since), parsed.GetValue(superseded) == Keep),
                Follow = parsed.GetValue(follow),
                KeepWithdrawn = parsed.GetValue(withdrawn) == Quarantine,
                RestartFeed = parsed.GetValue(restart),
            };
            DownloadOptions download = TransferOptions.Read(parsed, connections) with { MostFailures = 6 };
            if (options.Follow && parsed.GetValue(CommonOptions.GiveUpAfter) is null)
            {
                download = download with { GiveUpAfter = TimeSpan.MaxValue };
            }
            await RunAsync(parsed, terminal, options, download, MirrorFolder.Open(parsed.GetValue(to)!), parsed.GetValue(json), stop);
        }));
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, Terminal terminal, SyncOptions options, DownloadOptions download, MirrorFolder folder, bool json, CancellationToken stop)
    {
        using FolderLock alone = FolderLock.Take(folder);
        using Server server = CommonOptions.Connect(parsed, download, terminal);
        TrustedKeys keys = new(folder);
        TransferBoard board = new();
        using DownloadPool pool = new(server, download, board, terminal.Time);
        ReleaseIndex index = new(folder);
        SyncReport report = new(terminal, json);
        await using GroupCommit commits = new(folder, index, terminal.Time);
        using ReleaseTransfer transfer = new(pool, keys, folder, commits, options.Selection);
        MirrorSync sync = new(new ChangeReader(server, keys, terminal.Time), transfer, (path, cancelled) => StatusAsync(server, path, cancelled), folder, index, options, report, board, terminal.Time);
        try
        {
            await terminal.ShowAsync(
                board,
                async () =>
                {
                    await keys.LearnAsync(server, parsed.GetValue(TransferOptions.TrustNewKey), stop);
                    await sync.RunAsync(server.Address.ToString(), stop);
                },
                stop,
                new ProgressLines(json ? terminal.Output : terminal.Error, TimeSpan.FromSeconds(options.Follow && !json ? 60 : 5), report.Progress, Bars: !json));
        }
        catch (OperationCanceledException) when (options.Follow && stop.IsCancellationRequested)
        {
            // That is how a service ends.
        }
        if (!json)
        {
            terminal.Notice(string.Create(CultureInfo.InvariantCulture, $"{report.FetchedCount} releases fetched, {report.WithdrawnCount} withdrawn, {ByteCount.Format(board.BytesReceived)} received, all verified"));
        }
    }

    private static async Task<int> StatusAsync(Server server, string path, CancellationToken stop)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, server.Address.At(path));
        (HttpResponseMessage? response, Obstacle? obstacle) = await server.TryOpenAsync(request, stop);
        using (response)
        {
            return response is not null ? (int)response.StatusCode : obstacle!.Status;
        }
    }

    private static Option<string[]> MakeDatasets()
    {
        Option<string[]> option = new("--dataset") { Description = "Only these datasets. Default: all that your key may have.", HelpName = "CODE…", AllowMultipleArgumentsPerToken = true };
        option.Validators.Add(result =>
        {
            foreach (string text in result.Tokens.Select(t => t.Value).Where(t => !ReleaseId.IsDataset(t)))
            {
                result.AddError($"--dataset: '{text}' is not the code of a dataset, such as CN-PA-TXTS-10-A.");
            }
        });
        return option;
    }

    private static Option<DateOnly?> MakeSince() => DayOption.Make("--since", "Only editions of this day or later, such as 2024-01-02.");
}
