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
        UserLanguage language = terminal.Language;
        Argument<string> folder = new("DIR") { Description = language.Say("The folder of the mirror.", "镜像目录。") };
        Option<bool> quick = new("--quick") { Description = language.Say("Compare sizes and times only; signatures are checked all the same.", "只比对大小和时间；签名仍然核验。") };
        Option<double?> sample = new("--sample")
        {
            Description = language.Say("Read only this share of the pieces, such as 1%; others every time. Default: all.", "只抽查这一比例的分块，如 1%，每次抽查的不同。默认全部。"),
            HelpName = "PERCENT",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (double.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent is > 0 and <= 100)
                {
                    return percent / 100;
                }
                result.AddError(language.Say($"--sample: '{text}' is not a share such as 1%.", $"--sample：“{text}”不是比例，请写成 1% 这样的形式。"));
                return null;
            },
        };
        Option<bool> json = new("--json")
        {
            Description = language.Say("A JSON object a line: bad, missing, surplus, and in the end verified.", "每行输出一个 JSON 对象（供程序使用，内容为英文）：bad、missing、surplus，最后是 verified。"),
        };
        Verb command = new("verify", language.Say("Compares a mirror with what was signed, without a network.", "将镜像与已签名的内容逐一比对，无需联网。")) { folder, quick, sample, json };
        command.Examples =
        [
            ("opendata verify /data/mirror", language.Say("every byte", "每个字节")),
            ("opendata verify /data/mirror --sample 1%", language.Say("some of it, every night others", "抽查一部分，每晚不同")),
            ("opendata get CN-PA-TXTS-10-A 20240102/r1 --to /data/mirror", language.Say("mend a release: only wrong pieces are fetched", "修复一个版本：只重新下载有误的分块")),
        ];
        command.SetAction((parsed, stop) => Failures.TellAsync(terminal, async () =>
        {
            MirrorFolder mirror = MirrorFolder.Existing(parsed.GetValue(folder)!);
            VerifyOptions options = new() { Quick = parsed.GetValue(quick), Sample = parsed.GetValue(sample) ?? 1 };
            bool asJson = parsed.GetValue(json);
            MirrorVerification verification = new(mirror, new TrustedKeys(mirror), options, f => Tell(terminal, asJson, f));
            VerificationResult result = verification.Result;
            await terminal.ShowAsync(
                new TransferBoard(), () => verification.RunAsync(stop), stop, new ProgressLines(terminal.Error, PlainProgress.Interval, (_, _) => language.Say(Line(result)), Bars: false) { Moved = () => result.Bytes + result.Releases });
            Summary summary = new("verified", result.Releases, result.Files, result.Bytes, result.Count(FindingKind.Bad), result.Count(FindingKind.Missing), result.Count(FindingKind.Surplus));
            if (asJson)
            {
                await terminal.Output.WriteLineAsync(JsonSerializer.Serialize(summary, VerifyJson.Default.Summary));
            }
            Words text = new(
                $"{Line(result)}: {summary.Bad} bad, {summary.Missing} missing, {summary.Surplus} surplus",
                $"{Line(result)}：{summary.Bad} 个不符，{summary.Missing} 个缺失，{summary.Surplus} 个多余");
            if (!result.IsWhole)
            {
                throw MirrorException.Integrity(new(
                    $"{text}. 'opendata get CODE EDITION/rN --to DIR' mends a release and fetches only what is wrong.",
                    $"{text}。执行 opendata get CODE EDITION/rN --to DIR 可修复一个版本，只重新下载有误的部分。"));
            }
            terminal.Notice(text);
        }));
        return command;
    }

    private static Words Line(VerificationResult result) => new(
        $"{result.Releases} releases, {result.Files} files, {ByteCount.Format(result.Bytes)} compared",
        $"已比对 {result.Releases} 个版本、{result.Files} 个文件，{ByteCount.Format(result.Bytes)}");

    private static void Tell(Terminal terminal, bool asJson, Finding finding)
    {
        Words kind = finding.Kind switch { FindingKind.Bad => new("bad", "不符"), FindingKind.Missing => new("missing", "缺失"), _ => new("surplus", "多余") };
        terminal.Output.WriteLine(asJson
            ? JsonSerializer.Serialize(new FoundLine(kind.English, finding.Path, finding.Reason.English), VerifyJson.Default.FoundLine)
            : terminal.Language.Say(new($"{kind} {finding.Path}: {finding.Reason}", $"{kind} {finding.Path}：{finding.Reason}")));
    }

    internal sealed record FoundLine(string Event, string Path, string Reason);

    internal sealed record Summary(string Event, int Releases, int Files, long Bytes, int Bad, int Missing, int Surplus);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(VerifyCommand.FoundLine))]
[JsonSerializable(typeof(VerifyCommand.Summary))]
internal sealed partial class VerifyJson : JsonSerializerContext;
