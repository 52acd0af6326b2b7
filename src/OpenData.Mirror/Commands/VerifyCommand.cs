using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpenData.Format;
using OpenData.Mirror.Progress;
using OpenData.Mirror.Releases;
using OpenData.Mirror.Verification;

namespace OpenData.Mirror.Commands;

/// <summary><c>opendata verify</c>: compares a mirror with what was signed, without a network.</summary>
internal static class VerifyCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> folder = new("DIR") { Description = "The folder of the mirror." };
        Option<bool> quick = new("--quick") { Description = "Compare sizes and times only; signatures are checked all the same." };
        Option<double> sample = new("--sample")
        {
            Description = "Read only this share of the pieces, such as 1%; others every time.",
            HelpName = "PERCENT",
            DefaultValueFactory = _ => 1,
            CustomParser = result =>
            {
                if (double.TryParse(result.Tokens[0].Value.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent is > 0 and <= 100)
                {
                    return percent / 100;
                }
                result.AddError($"--sample: '{result.Tokens[0].Value}' is not a share such as 1%.");
                return 1;
            },
        };
        Option<bool> json = new("--json") { Description = "A JSON object a line: bad, missing, surplus, and in the end verified." };
        Command command = new("verify", "Compares a mirror with what was signed, without a network.") { folder, quick, sample, json };
        command.WithExamples(
            ("opendata verify /data/mirror", "every byte"),
            ("opendata verify /data/mirror --sample 1%", "some of it, every night others"),
            ("opendata get CN-PA-TXTS-10-A 20240102/r1 --to /data/mirror", "mend a release: only wrong pieces are fetched"));
        command.SetAction((parsed, stop) => Failures.TellAsync(terminal, async () =>
        {
            MirrorFolder mirror = MirrorFolder.Existing(parsed.GetValue(folder)!);
            VerifyOptions options = new() { Quick = parsed.GetValue(quick), Sample = parsed.GetValue(sample) };
            bool asJson = parsed.GetValue(json);
            MirrorVerification verification = new(mirror, new TrustedKeys(mirror), options, f => Tell(terminal, asJson, f));
            VerificationResult result = verification.Result;
            await terminal.ShowAsync(
                new TransferBoard(), () => verification.RunAsync(stop), stop, new ProgressLines(terminal.Error, PlainProgress.Interval, (_, _) => Line(result), Bars: false) { Moved = () => result.Bytes + result.Releases });
            Summary summary = new("verified", result.Releases, result.Files, result.Bytes, result.Count(FindingKind.Bad), result.Count(FindingKind.Missing), result.Count(FindingKind.Surplus));
            if (asJson)
            {
                await terminal.Output.WriteLineAsync(JsonSerializer.Serialize(summary, VerifyJson.Default.Summary));
            }
            string text = string.Create(CultureInfo.InvariantCulture, $"{Line(result)}: {summary.Bad} bad, {summary.Missing} missing, {summary.Surplus} surplus");
            if (!result.IsWhole)
            {
                throw MirrorException.Integrity(text + ". 'opendata get CODE EDITION/rN --to DIR' mends a release and fetches only what is wrong.");
            }
            terminal.Notice(text);
        }));
        return command;
    }

    private static string Line(VerificationResult result) =>
        string.Create(CultureInfo.InvariantCulture, $"{result.Releases} releases, {result.Files} files, {ByteCount.Format(result.Bytes)} compared");

    private static void Tell(Terminal terminal, bool asJson, Finding finding)
    {
        string kind = finding.Kind switch { FindingKind.Bad => "bad", FindingKind.Missing => "missing", _ => "surplus" };
        terminal.Output.WriteLine(asJson
            ? JsonSerializer.Serialize(new FoundLine(kind, finding.Path, finding.Reason), VerifyJson.Default.FoundLine)
            : $"{kind} {finding.Path}: {finding.Reason}");
    }

    internal sealed record FoundLine(string Event, string Path, string Reason);

    internal sealed record Summary(string Event, int Releases, int Files, long Bytes, int Bad, int Missing, int Surplus);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(VerifyCommand.FoundLine))]
[JsonSerializable(typeof(VerifyCommand.Summary))]
internal sealed partial class VerifyJson : JsonSerializerContext;
