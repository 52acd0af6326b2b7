using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Commands;

/// <summary><c>opendata list</c>: the datasets and their newest editions, the releases of one dataset, or what was published since a day.</summary>
internal static class ListCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string?> code = DatasetArgument.Make<string?>("Show the releases of this dataset instead of all datasets.", ArgumentArity.ZeroOrOne);
        Option<bool> json = new("--json") { Description = "Print what the server says, as one JSON document {items: […]}." };
        Option<DateOnly?> newSince = DayOption.Make("--new-since", "Show the releases that were published on this day (UTC) or later, of one dataset or of all.");
        Command command = new("list", "Datasets and their newest editions.") { code, json, newSince };
        command.WithExamples(
            ("opendata list", "all datasets"),
            ("opendata list CN-PA-TXTS-10-A", "the releases of one"),
            ("opendata list --new-since 2024-01-02", "what was published since a day"),
            ("opendata list --json | jq -r '.items[] | select(.access == \"open\") | .code'", "what needs no key"));
        command.SetAction((parsed, stop) => Failures.TellAsync(terminal, async () =>
        {
            // Somebody waits for the answer: no five minutes of patience.
            DownloadOptions options = new() { GiveUpAfter = parsed.GetValue(CommonOptions.GiveUpAfter) ?? TimeSpan.FromSeconds(15) };
            using Server server = CommonOptions.Connect(parsed, options, terminal);
            if (parsed.GetValue(newSince) is { } day)
            {
                List<ReleaseSummary> releases = await NewSinceAsync(server, parsed.GetValue(code), day, stop);
                Print(terminal, parsed.GetValue(json), releases, r => JsonSerializer.Serialize(new Page<ReleaseSummary>(r, null), FormatJson.Default.PageReleaseSummary), NewReleases);
            }
            else if (parsed.GetValue(code) is { } dataset)
            {
                List<ReleaseSummary> releases = await server.ListAsync($"/api/v1/datasets/{dataset}/releases?limit=1000", FormatJson.Default.PageReleaseSummary, stop).ToListAsync(stop);
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

    /// <summary>Releases by the time of their publication.</summary>
    private static async Task<List<ReleaseSummary>> NewSinceAsync(Server server, string? code, DateOnly day, CancellationToken stop)
    {
        DateTimeOffset since = new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        List<string> codes = code is not null
            ? [code]
            : await server.ListAsync("/api/v1/datasets", FormatJson.Default.PageDatasetSummary, stop).Where(d => d.Releases > 0 && ReleaseId.IsDataset(d.Code)).Select(d => d.Code).ToListAsync(stop);
        List<ReleaseSummary> releases = [];
        foreach (string dataset in codes)
        {
            // An older server passes over what it does not know, and gives them all.
            string path = string.Create(CultureInfo.InvariantCulture, $"/api/v1/datasets/{dataset}/releases?limit=1000&publishedSince={day:yyyy-MM-dd}");
            releases.AddRange(await server.ListAsync(path, FormatJson.Default.PageReleaseSummary, stop).Where(r => r.PublishedAt >= since).ToListAsync(stop));
        }
        releases.Sort((a, b) => a.PublishedAt.CompareTo(b.PublishedAt));
        return releases;
    }

    internal static TextTable NewReleases(IReadOnlyList<ReleaseSummary> releases)
    {
        TextTable table = new("PUBLISHED", "CODE", "EDITION", "REVISION", ">SIZE", "STATE");
        foreach (ReleaseSummary release in releases)
        {
            table.Add(
                UtcTime.Text(release.PublishedAt),
                release.Dataset,
                release.Edition,
                "r" + release.Revision.ToString(CultureInfo.InvariantCulture),
                ByteCount.Format(release.Bytes),
                release.State);
        }
        return table;
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
                UtcTime.Text(release.PublishedAt),
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
