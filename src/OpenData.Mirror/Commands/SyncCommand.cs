using System.CommandLine;
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

    public static Command Create(Terminal terminal, CommonOptions common)
    {
        UserLanguage language = terminal.Language;
        Option<string> to = new("--to") { Description = language.Say("The folder of the mirror.", "镜像目录。"), HelpName = "DIR", Required = true };
        Option<string[]> datasets = MakeDatasets(language);
        Option<DateOnly?> since = DayOption.Make("--since", language, new("Only editions of this day or later, such as 2024-01-02.", "只要该日及以后的期次，如 2024-01-02。"));
        Option<bool> once = new("--once") { Description = language.Say("End when everything that is published is there. This is the default.", "已发布的全部到齐后结束。这是默认方式。") };
        Option<bool> follow = new("--follow")
        {
            Description = language.Say("Go on for ever: wait for changes, try again whatever fails. For a service.", "持续运行：等候变更，失败的一律重试。适合作为后台服务。"),
        };
        Option<string> superseded = new("--superseded")
        {
            Description = language.Say("What becomes of a release that a correction replaced.", "已被更正版本替代的版本：保留（keep）或删除（remove）。"),
            HelpName = $"{Keep}|{Remove}",
            DefaultValueFactory = _ => Keep,
        };
        superseded.AcceptOnlyFromAmong(Keep, Remove);
        Option<string> withdrawn = new("--withdrawn")
        {
            Description = language.Say(
                "What becomes of a release that its publisher took back: it moves to DIR/.opendata/withdrawn, or is deleted.",
                "已撤回的版本：移入 DIR/.opendata/withdrawn（quarantine）或删除（remove）。"),
            HelpName = $"{Quarantine}|{Remove}",
            DefaultValueFactory = _ => Quarantine,
        };
        withdrawn.AcceptOnlyFromAmong(Quarantine, Remove);
        Option<bool> restart = new("--restart-feed")
        {
            Description = language.Say(
                "Read the feed from its beginning and accept one that is older than what was seen: after the operator restored a backup.",
                "从头读取变更通知，并接受比已读到的更旧的通知：用于服务器恢复备份之后。"),
        };
        Option<bool> json = new("--json")
        {
            Description = language.Say(
                "A JSON object a line on standard output: fetched, removed, withdrawn, failed, refused, progress, up-to-date, notice.",
                "在标准输出每行输出一个 JSON 对象（供程序使用，内容为英文）：fetched、removed、withdrawn、failed、refused、progress、up-to-date、notice。"),
        };
        TransferOptions transfer = new(language, connections: 8);
        Verb command = new("sync", language.Say(
            "Keeps a folder the same as what a server publishes: verified, resumed, corrected, unattended.",
            "使本地目录与服务器发布的内容保持一致：自动核验、续传、更正，无需值守。"))
        {
            to, datasets, since, once, follow, transfer.Connections, transfer.MaxRate, superseded, withdrawn, transfer.TrustNewKey, restart, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(once) && result.GetValue(follow))
            {
                result.AddError(language.Say("--once and --follow exclude each other.", "--once 与 --follow 不能同时使用。"));
            }
        });
        command.Examples =
        [
            ("opendata sync --to /data/mirror", language.Say("everything that your key may have, as of now", "截至目前您的密钥可获取的全部数据")),
            ("opendata sync --to /data/mirror --dataset CN-PA-TXTS-10-A US-PA-TXTS-10-B --since 2024-01-01", language.Say("two datasets from a day on", "两个数据集某日以来的数据")),
            ("opendata sync --to /data/mirror --follow --max-rate 30M", language.Say("for ever, at most 30 MB/s", "持续同步，速率不超过 30 MB/s")),
        ];
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
            DownloadOptions download = transfer.Read(parsed, common) with { MostFailures = 6 };
            if (options.Follow && parsed.GetValue(common.GiveUpAfter) is null)
            {
                download = download with { GiveUpAfter = TimeSpan.MaxValue };
            }
            MirrorFolder folder = MirrorFolder.Open(parsed.GetValue(to)!);
            await RunAsync(
                () => common.Connect(parsed, download, terminal), terminal, options, download, folder, parsed.GetValue(transfer.TrustNewKey), parsed.GetValue(json), stop);
        }));
        return command;
    }

    private static async Task RunAsync(
        Func<Server> connect, Terminal terminal, SyncOptions options, DownloadOptions download, MirrorFolder folder, bool trustNewKey, bool json, CancellationToken stop)
    {
        using FolderLock alone = FolderLock.Take(folder);
        using Server server = connect();
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
                    await keys.LearnAsync(server, trustNewKey, stop);
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
            string received = ByteCount.Format(board.BytesReceived);
            terminal.Notice(new(
                $"{report.FetchedCount} releases fetched, {report.WithdrawnCount} withdrawn, {received} received, all verified",
                $"下载 {report.FetchedCount} 个版本，撤回 {report.WithdrawnCount} 个，接收 {received}，均已核验"));
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

    private static Option<string[]> MakeDatasets(UserLanguage language)
    {
        Option<string[]> option = new("--dataset")
        {
            Description = language.Say("Only these datasets. Default: all that your key may have.", "只要这些数据集。默认为您的密钥可获取的全部。"),
            HelpName = "CODE…",
            AllowMultipleArgumentsPerToken = true,
        };
        option.Validators.Add(result => DatasetArgument.Judge(result, language, new("--dataset: ", "--dataset：")));
        return option;
    }
}
