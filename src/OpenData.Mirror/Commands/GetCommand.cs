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
    public static Command Create(Terminal terminal)
    {
        Argument<string?> code = DatasetArgument.Make<string?>("The dataset.", ArgumentArity.ZeroOrOne);
        Argument<string?> edition = new("EDITION")
        {
            Description = "Which edition, such as 20240102, or one revision of it, 20240102/r1. Default: the newest.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        edition.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !DatasetArgument.TryParseEdition(text, out _, out _))
            {
                result.AddError($"'{text}' is not an edition, such as 20240102 or 20240102/r1.");
            }
        });
        Option<string> to = new("--to") { Description = "The folder of the mirror. Default: this one.", HelpName = "DIR", DefaultValueFactory = _ => "." };
        Option<string?> document = new("--document")
        {
            Description = "Only this entry of the archives, or all entries of the document with this number; written to their names below DIR.",
            HelpName = "NAME",
        };
        Option<DateOnly?> from = DayOption.Make("--from", "All editions of this day or later.");
        Option<DateOnly?> until = DayOption.Make("--until", "All editions of this day or earlier.");
        Option<Sha256Digest?> sha256 = MakeDigest();
        Command command = new("get", "One edition or some: resumes, verifies signature and digests, leaves nothing half done.")
        {
            code, edition, to, document, from, until, sha256, TransferOptions.Connections, TransferOptions.MaxRate, TransferOptions.TrustNewKey,
        };
        command.Validators.Add(result => WhatIsMeant(result, code, edition, document, from, until, sha256));
        command.WithExamples(
            ("opendata get CN-PA-TXTS-10-A", "the newest edition into ./CN-PA-TXTS-10-A/EDITION/rN/"),
            ("opendata get CN-PA-TXTS-10-A 20240102 --to /data/mirror --max-rate 30M", "a certain one, at most 30 MB/s"),
            ("opendata get CN-PA-TXTS-10-A 20240102 --document CN117337889A", "one document of it"),
            ("opendata get CN-PA-TXTS-10-A --from 2024-01-01 --until 2024-03-31", "the editions of a quarter, oldest first"),
            ("opendata get --sha256 9f86d081884c7d65…", "the archive or other file that has this digest"));
        command.SetAction((parsed, stop) => Failures.TellAsync(terminal, async () =>
        {
            DownloadOptions options = TransferOptions.Read(parsed);
            using Server server = CommonOptions.Connect(parsed, options, terminal);
            (IReadOnlyList<ReleaseId> releases, string? file) = parsed.GetValue(sha256) is { } digest
                ? await FindFileAsync(server, digest, stop)
                : (parsed.GetValue(from) ?? parsed.GetValue(until)) is null
                ? ([await FindAsync(server, parsed.GetValue(code)!, parsed.GetValue(edition), stop)], null)
                : (await FindAsync(server, parsed.GetValue(code)!, parsed.GetValue(from), parsed.GetValue(until), stop), null);

            MirrorFolder folder = MirrorFolder.Open(parsed.GetValue(to)!);
            TrustedKeys keys = new(folder);
            await keys.LearnAsync(server, parsed.GetValue(TransferOptions.TrustNewKey), stop);

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
            string what = releases.Count == 1 ? releases[0].ToString() : $"{releases.Count} releases";
            terminal.Notice($"{what}: {board.FilesDone} files, {ByteCount.Format(board.BytesThere)}, {ByteCount.Format(board.BytesReceived)} received, verified");
            foreach (string path in got)
            {
                await terminal.Output.WriteLineAsync(path);
            }
        }));
        return command;
    }

    private static Option<Sha256Digest?> MakeDigest() => new("--sha256")
    {
        Description = "The file that has this digest, whatever release it is of; of a current release if there are several.",
        HelpName = "HEX",
        CustomParser = result =>
        {
            if (Sha256Digest.TryParse(result.Tokens[0].Value, out Sha256Digest digest))
            {
                return digest;
            }
            result.AddError("--sha256: expected 64 hexadecimal digits.");
            return null;
        },
    };

    private static void WhatIsMeant(
        CommandResult result, Argument<string?> code, Argument<string?> edition, Option<string?> document, Option<DateOnly?> from, Option<DateOnly?> until, Option<Sha256Digest?> sha256)
    {
        bool byCode = result.GetResult(code)?.Tokens.Count > 0;
        bool range = result.GetResult(from) is not null || result.GetResult(until) is not null;
        if (byCode == result.GetResult(sha256) is not null)
        {
            result.AddError("Give the code of a dataset, such as CN-PA-TXTS-10-A, or --sha256.");
        }
        else if (range && (result.GetResult(edition)?.Tokens.Count > 0 || result.GetResult(document) is not null))
        {
            result.AddError("--from and --until name editions by their days: give no EDITION and no --document with them.");
        }
    }

    /// <summary>Asks which file has a digest.</summary>
    private static async Task<(IReadOnlyList<ReleaseId>, string?)> FindFileAsync(Server server, Sha256Digest digest, CancellationToken stop)
    {
        Page<KnownFile> page = await server.GetJsonAsync(server.Address.At($"/api/v1/files/sha256/{digest}"), KnownFileJson.Default.PageKnownFile, stop);
        KnownFile file = page.Items.FirstOrDefault(f => f.State != "withdrawn") ?? throw MirrorException.Failed($"{digest}: the release that had this file was withdrawn");
        return ReleaseId.TryParse($"{file.Dataset}/{file.Edition}/r{file.Revision}", out ReleaseId release) && file.Sha256 == digest
            ? ([release], file.Name)
            : throw MirrorException.Integrity($"{digest}: the server answers with '{file.Dataset}/{file.Edition}', revision {file.Revision}");
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
        return releases.Count > 0 ? releases : throw MirrorException.Failed($"{code}: nothing is published of these days");
    }

    /// <summary>Asks which release is meant.</summary>
    private static async Task<ReleaseId> FindAsync(Server server, string code, string? asked, CancellationToken stop)
    {
        if (asked is null)
        {
            DatasetSummary dataset = await server.GetJsonAsync(server.Address.At($"/api/v1/datasets/{code}"), FormatJson.Default.DatasetSummary, stop);
            ReleaseSummary latest = dataset.Latest ?? throw MirrorException.Failed($"{code}: nothing is published yet");
            return Named(latest, code, latest.Edition);
        }
        if (!DatasetArgument.TryParseEdition(asked, out string edition, out int? revision))
        {
            throw MirrorException.Usage($"'{asked}' is not an edition");
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
            : throw MirrorException.Integrity($"{code}: the server answers with '{summary.Dataset}/{summary.Edition}', revision {summary.Revision}");
}

/// <summary>A file as <c>/api/v1/files/sha256/HEX</c> tells it.</summary>
internal sealed record KnownFile(string Dataset, string Edition, int Revision, string Name, Sha256Digest Sha256, string State);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[System.Text.Json.Serialization.JsonSerializable(typeof(Page<KnownFile>))]
internal sealed partial class KnownFileJson : System.Text.Json.Serialization.JsonSerializerContext;
