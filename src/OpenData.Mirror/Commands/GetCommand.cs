using System.CommandLine;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Progress;
using OpenData.Mirror.Releases;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Commands;

/// <summary><c>opendata get</c>: one edition, or one document out of it.</summary>
internal static class GetCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> code = DatasetArgument.Make<string>("The dataset.", ArgumentArity.ExactlyOne);
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
        Command command = new("get", "One edition: resumes, verifies signature and digests, leaves nothing half done.")
        {
            code, edition, to, document, TransferOptions.Connections, TransferOptions.MaxRate, TransferOptions.TrustNewKey,
        };
        command.WithExamples(
            ("opendata get CN-PA-TXTS-10-A", "the newest edition into ./CN-PA-TXTS-10-A/EDITION/rN/"),
            ("opendata get CN-PA-TXTS-10-A 20240102 --to /data/mirror --max-rate 30M", "a certain one, at most 30 MB/s"),
            ("opendata get CN-PA-TXTS-10-A 20240102 --document CN117337889A", "one document of it"));
        command.SetAction((parsed, stop) => Failures.TellAsync(terminal, async () =>
        {
            DownloadOptions options = TransferOptions.Read(parsed);
            using Server server = CommonOptions.Connect(parsed, options, terminal);
            ReleaseId id = await FindAsync(server, parsed.GetValue(code)!, parsed.GetValue(edition), stop);

            MirrorFolder folder = MirrorFolder.Open(parsed.GetValue(to)!);
            TrustedKeys keys = new(folder);
            await keys.LearnAsync(server, parsed.GetValue(TransferOptions.TrustNewKey), stop);
            SignedRelease release = await SignedRelease.FetchAsync(server, keys, id, stop);

            TransferBoard board = new();
            using DownloadPool pool = new(server, options, board, terminal.Time);
            IReadOnlyList<string> got = [folder.Of(id)];
            await terminal.ShowAsync(board, async () =>
            {
                if (parsed.GetValue(document) is { } name)
                {
                    got = await DocumentDownload.RunAsync(pool, release, folder, name, stop);
                }
                else
                {
                    await ReleaseDownload.RunAsync(pool, release, folder, stop);
                }
            }, stop);
            terminal.Notice($"{id}: {board.FilesDone} files, {ByteCount.Format(board.BytesThere)}, {ByteCount.Format(board.BytesReceived)} received, verified");
            foreach (string path in got)
            {
                await terminal.Output.WriteLineAsync(path);
            }
        }));
        return command;
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
