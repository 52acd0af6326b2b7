using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Commands;

/// <summary><c>opendata list</c>: the datasets and their newest editions, or the releases of one dataset.</summary>
internal static class ListCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string?> code = DatasetArgument.Make<string?>("Show the releases of this dataset instead of all datasets.", ArgumentArity.ZeroOrOne);
        Option<bool> json = new("--json") { Description = "Print what the server says, as one JSON document {items: […]}." };
        Command command = new("list", "Datasets and their newest editions.") { code, json };
        command.WithExamples(
            ("opendata list", "all datasets"),
            ("opendata list CN-PA-TXTS-10-A", "the releases of one"),
            ("opendata list --json | jq -r '.items[] | select(.access == \"open\") | .code'", "what needs no key"));
        command.SetAction((parsed, stop) => Failures.TellAsync(terminal, async () =>
        {
            // Somebody waits for the answer: no five minutes of patience.
            DownloadOptions options = new() { GiveUpAfter = parsed.GetValue(CommonOptions.GiveUpAfter) ?? TimeSpan.FromSeconds(15) };
            using Server server = CommonOptions.Connect(parsed, options, terminal);
            if (parsed.GetValue(code) is { } dataset)
            {
                List<ReleaseSummary> releases = await server.ListAsync($"/api/v1/datasets/{dataset}/releases", FormatJson.Default.PageReleaseSummary, stop).ToListAsync(stop);
                Print(terminal, parsed.GetValue(json), releases, r => JsonSerializer.Serialize(new Page<ReleaseSummary>(r, null), FormatJson.Default.PageReleaseSummary), Releases);
            }
            else
            {
                List<DatasetSummary> datasets = await server.ListAsync("/api/v1/datasets", FormatJson.Default.PageDatasetSummary, stop).ToListAsync(stop);
                bool chinese = UserLanguage.IsChinese(Environment.GetEnvironmentVariable);
                Print(terminal, parsed.GetValue(json), datasets, d => JsonSerializer.Serialize(new Page<DatasetSummary>(d, null), FormatJson.Default.PageDatasetSummary), d => Datasets(d, chinese));
            }
        }));
        return command;
    }

    internal static TextTable Datasets(IReadOnlyList<DatasetSummary> datasets, bool chinese)
    {
        TextTable table = new("CODE", "EDITION", "DATE", ">SIZE", ">RELEASES", "ACCESS", "NAME");
        foreach (DatasetSummary dataset in datasets)
        {
            ReleaseSummary? latest = dataset.Latest;
            table.Add(
                dataset.Code,
                latest?.Edition ?? "-",
                latest is null ? "-" : Date(latest.Date),
                latest is null ? "-" : ByteCount.Format(latest.Bytes),
                dataset.Releases.ToString(CultureInfo.InvariantCulture),
                dataset.Access,
                chinese ? dataset.Name.Zh : dataset.Name.En);
        }
        return table;
    }

    internal static TextTable Releases(IReadOnlyList<ReleaseSummary> releases)
    {
        TextTable table = new("EDITION", "REVISION", "DATE", ">SIZE", ">ARCHIVES", ">DOCUMENTS", "PUBLISHED", "STATE");
        foreach (ReleaseSummary release in releases)
        {
            table.Add(
                release.Edition,
                "r" + release.Revision.ToString(CultureInfo.InvariantCulture),
                Date(release.Date),
                ByteCount.Format(release.Bytes),
                release.Archives.ToString(CultureInfo.InvariantCulture),
                release.Documents.ToString(CultureInfo.InvariantCulture),
                release.PublishedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                release.State);
        }
        return table;
    }

    private static string Date(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static void Print<T>(Terminal terminal, bool asJson, IReadOnlyList<T> items, Func<IReadOnlyList<T>, string> json, Func<IReadOnlyList<T>, TextTable> table)
    {
        if (asJson)
        {
            terminal.Output.WriteLine(json(items));
        }
        else
        {
            table(items).WriteTo(terminal.Output);
        }
    }
}
