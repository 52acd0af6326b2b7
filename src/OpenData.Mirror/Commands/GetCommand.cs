using System.CommandLine;
using System.CommandLine.Parsing;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Progress;
using OpenData.Mirror.Releases;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Commands;

/// <summary><c>opendata get</c>: one edition, the editions of some days, one document, or one file by its digest.</summary>
internal static class GetCommand
{
    public static Command Create(Terminal terminal, CommonOptions common)
    {
        UserLanguage language = terminal.Language;
        Argument<string?> code = DatasetArgument.Make(language, new("The dataset.", "数据集。"));
        Argument<string?> edition = new("EDITION")
        {
            Description = language.Say(
                "Which edition, such as 20240102, or one revision of it, 20240102/r1. Default: the newest.",
                "期次，如 20240102；或其中某一修订版，如 20240102/r1。默认为最新一期。"),
            Arity = ArgumentArity.ZeroOrOne,
        };
        edition.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !DatasetArgument.TryParseEdition(text, out _, out _))
            {
                result.AddError(language.Say($"'{text}' is not an edition, such as 20240102 or 20240102/r1.", $"“{text}”不是期次，请写成 20240102 或 20240102/r1 这样的形式。"));
            }
        });
        Option<string> to = new("--to") { Description = language.Say("The folder of the mirror.", "镜像目录。"), HelpName = "DIR", DefaultValueFactory = _ => "." };
        Option<string?> document = new("--document")
        {
            Description = language.Say(
                "Only this entry of the archives, or all entries of the document with this number; written to their names below DIR.",
                "只下载压缩包内的这个文件，或该文献号下的全部文件；按原名存入 DIR。"),
            HelpName = "NAME",
        };
        Option<DateOnly?> from = DayOption.Make("--from", language, new("All editions of this day or later.", "该日及以后的全部期次。"));
        Option<DateOnly?> until = DayOption.Make("--until", language, new("All editions of this day or earlier.", "该日及以前的全部期次。"));
        Option<Sha256Digest?> sha256 = MakeDigest(language);
        TransferOptions transfer = new(language, new DownloadOptions().Connections);
        Verb command = new("get", language.Say(
            "One edition or some: resumes, verifies signature and digests, leaves nothing half done.",
            "下载一期或多期：可断点续传，核验签名与校验和，不留半成品。"))
        {
            code, edition, to, document, from, until, sha256, transfer.Connections, transfer.MaxRate, transfer.TrustNewKey,
        };
        command.Validators.Add(result => WhatIsMeant(language, result, code, edition, document, from, until, sha256));
        command.Examples =
        [
            ("opendata get CN-PA-TXTS-10-A", language.Say("the newest edition into ./CN-PA-TXTS-10-A/EDITION/rN/", "最新一期，存入 ./CN-PA-TXTS-10-A/EDITION/rN/")),
            ("opendata get CN-PA-TXTS-10-A 20240102 --to /data/mirror --max-rate 30M", language.Say("a certain one, at most 30 MB/s", "指定的一期，速率不超过 30 MB/s")),
            ("opendata get CN-PA-TXTS-10-A 20240102 --document CN117337889A", language.Say("one document of it", "其中一件文献")),
            ("opendata get CN-PA-TXTS-10-A --from 2024-01-01 --until 2024-03-31", language.Say("the editions of a quarter, oldest first", "一个季度的各期，由早到晚")),
            ("opendata get --sha256 9f86d081884c7d65…", language.Say("the archive or other file that has this digest", "校验值相符的压缩包或其他文件")),
        ];
        command.SetAction((parsed, stop) => Failures.TellAsync(terminal, async () =>
        {
            DownloadOptions options = transfer.Read(parsed, common);
            using Server server = common.Connect(parsed, options, terminal);
            (IReadOnlyList<ReleaseId> releases, string? file) = parsed.GetValue(sha256) is { } digest
                ? await FindFileAsync(server, digest, stop)
                : (parsed.GetValue(from) ?? parsed.GetValue(until)) is null
                ? ([await FindAsync(server, parsed.GetValue(code)!, parsed.GetValue(edition), stop)], null)
                : (await FindAsync(server, parsed.GetValue(code)!, parsed.GetValue(from), parsed.GetValue(until), stop), null);

            MirrorFolder folder = MirrorFolder.Open(parsed.GetValue(to)!);
            TrustedKeys keys = new(folder);
            await keys.LearnAsync(server, parsed.GetValue(transfer.TrustNewKey), stop);

            TransferBoard board = new();
            using DownloadPool pool = new(server, options, board, terminal.Time);
            List<string> got = [];
            await terminal.ShowAsync(board, async () =>
            {
                foreach (ReleaseId id in releases)
                {
                    SignedRelease release = await SignedRelease.FetchAsync(server, keys, id, stop);
                    if (parsed.GetValue(document) is { } name)
                    {
                        got.AddRange(await DocumentDownload.RunAsync(pool, release, folder, name, stop));
                    }
                    else if (file is not null)
                    {
                        got.Add(await ReleaseDownload.RunAsync(pool, release, folder, file, stop));
                    }
                    else
                    {
                        await ReleaseDownload.RunAsync(pool, release, folder, stop);
                        got.Add(folder.Of(id));
                    }
                }
            }, stop);
            Words what = releases.Count == 1 ? new($"{releases[0]}", $"{releases[0]}") : new($"{releases.Count} releases", $"{releases.Count} 个版本");
            (string there, string received) = (ByteCount.Format(board.BytesThere), ByteCount.Format(board.BytesReceived));
            terminal.Notice(new($"{what}: {board.FilesDone} files, {there}, {received} received, verified", $"{what}：{board.FilesDone} 个文件，{there}，本次接收 {received}，均已核验"));
            foreach (string path in got)
            {
                await terminal.Output.WriteLineAsync(path);
            }
        }));
        return command;
    }

    private static Option<Sha256Digest?> MakeDigest(UserLanguage language) => new("--sha256")
    {
        Description = language.Say(
            "The file that has this digest, whatever release it is of; of a current release if there are several.",
            "SHA-256 校验值为此的文件，不论属于哪个版本；有多个时取现行版本的。"),
        HelpName = "HEX",
        CustomParser = result =>
        {
            if (Sha256Digest.TryParse(result.Tokens[0].Value, out Sha256Digest digest))
            {
                return digest;
            }
            result.AddError(language.Say("--sha256: expected 64 hexadecimal digits.", "--sha256：应为 64 位十六进制数字。"));
            return null;
        },
    };

    private static void WhatIsMeant(
        UserLanguage language, CommandResult result, Argument<string?> code, Argument<string?> edition, Option<string?> document, Option<DateOnly?> from, Option<DateOnly?> until,
        Option<Sha256Digest?> sha256)
    {
        bool byCode = result.GetResult(code)?.Tokens.Count > 0;
        bool range = result.GetResult(from) is not null || result.GetResult(until) is not null;
        if (byCode == result.GetResult(sha256) is not null)
        {
            result.AddError(language.Say("Give the code of a dataset, such as CN-PA-TXTS-10-A, or --sha256.", "请给出数据集代码（如 CN-PA-TXTS-10-A）或 --sha256，二者择一。"));
        }
        else if (range && (result.GetResult(edition)?.Tokens.Count > 0 || result.GetResult(document) is not null))
        {
            result.AddError(language.Say(
                "--from and --until name editions by their days: give no EDITION and no --document with them.",
                "--from 和 --until 按日期选择期次，不能同时给出 EDITION 或 --document。"));
        }
    }

    /// <summary>Asks which file has a digest.</summary>
    private static async Task<(IReadOnlyList<ReleaseId>, string?)> FindFileAsync(Server server, Sha256Digest digest, CancellationToken stop)
    {
        Page<KnownFile> page = await server.GetJsonAsync(server.Address.At($"/api/v1/files/sha256/{digest}"), KnownFileJson.Default.PageKnownFile, stop);
        KnownFile file = page.Items.FirstOrDefault(f => f.State != "withdrawn") ?? throw MirrorException.Failed(new($"{digest}: the release that had this file was withdrawn", $"{digest}：含有该文件的版本已撤回"));
        return ReleaseId.TryParse($"{file.Dataset}/{file.Edition}/r{file.Revision}", out ReleaseId release) && file.Sha256 == digest
            ? ([release], file.Name)
            : throw AnswersOther(digest.ToString(), file.Dataset, file.Edition, file.Revision);
    }

    /// <summary>Asks for the releases of some days that are current, oldest first.</summary>
    private static async Task<IReadOnlyList<ReleaseId>> FindAsync(Server server, string code, DateOnly? from, DateOnly? until, CancellationToken stop)
    {
        List<ReleaseId> releases = [];
        string query = (from is { } first ? $"&from={first:yyyy-MM-dd}" : "") + (until is { } last ? $"&to={last:yyyy-MM-dd}" : "");
        await foreach (ReleaseSummary release in server.ListAsync($"/api/v1/datasets/{code}/releases?limit=1000{query}", FormatJson.Default.PageReleaseSummary, stop))
        {
            if (release.State == "published")
            {
                releases.Add(Named(release, code, release.Edition));
            }
        }
        releases.Reverse();
        return releases.Count > 0 ? releases : throw MirrorException.Failed(new($"{code}: nothing is published of these days", $"{code}：这段日期内没有已发布的期次"));
    }

    /// <summary>Asks which release is meant.</summary>
    private static async Task<ReleaseId> FindAsync(Server server, string code, string? asked, CancellationToken stop)
    {
        if (asked is null)
        {
            DatasetSummary dataset = await server.GetJsonAsync(server.Address.At($"/api/v1/datasets/{code}"), FormatJson.Default.DatasetSummary, stop);
            ReleaseSummary latest = dataset.Latest ?? throw MirrorException.Failed(new($"{code}: nothing is published yet", $"{code}：尚未发布任何一期"));
            return Named(latest, code, latest.Edition);
        }
        if (!DatasetArgument.TryParseEdition(asked, out string edition, out int? revision))
        {
            throw MirrorException.Usage(new($"'{asked}' is not an edition", $"“{asked}”不是期次"));
        }
        if (revision is { } number)
        {
            return new ReleaseId(code, edition, number);
        }
        Uri address = server.Address.At($"/api/v1/datasets/{code}/releases/{Uri.EscapeDataString(edition)}");
        return Named(await server.GetJsonAsync(address, FormatJson.Default.ReleaseSummary, stop), code, edition);
    }

    private static ReleaseId Named(ReleaseSummary summary, string code, string edition) =>
        summary.Dataset == code && summary.Edition == edition && ReleaseId.IsEdition(edition) && summary.Revision > 0
            ? new ReleaseId(code, edition, summary.Revision)
            : throw AnswersOther(code, summary.Dataset, summary.Edition, summary.Revision);

    private static MirrorException AnswersOther(string asked, string dataset, string edition, int revision) => MirrorException.Integrity(new(
        $"{asked}: the server answers with '{dataset}/{edition}', revision {revision}",
        $"{asked}：服务器答复的却是“{dataset}/{edition}”，修订版 {revision}"));
}

/// <summary>A file as <c>/api/v1/files/sha256/HEX</c> tells it.</summary>
internal sealed record KnownFile(string Dataset, string Edition, int Revision, string Name, Sha256Digest Sha256, string State);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[System.Text.Json.Serialization.JsonSerializable(typeof(Page<KnownFile>))]
internal sealed partial class KnownFileJson : System.Text.Json.Serialization.JsonSerializerContext;
