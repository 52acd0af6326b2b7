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
    public static Command Create(Terminal terminal, CommonOptions common)
    {
        UserLanguage language = terminal.Language;
        Argument<string?> code = DatasetArgument.Make(language, new("Show the releases of this dataset instead of all datasets.", "列出该数据集的各版本，而不是全部数据集。"));
        Option<bool> json = new("--json")
        {
            Description = language.Say("Print what the server says, as one JSON document {items: […]}.", "按服务器答复原样输出一个 JSON 文档 {items: […]}，供程序使用。"),
        };
        Option<DateOnly?> newSince = DayOption.Make("--new-since", language, new(
            "Show the releases that were published on this day (UTC) or later, of one dataset or of all.",
            "列出该日（UTC）及以后发布的版本，可指定一个数据集，默认全部。"));
        Verb command = new("list", language.Say("Datasets and their newest editions.", "列出数据集及其最新一期。")) { code, json, newSince };
        command.Examples =
        [
            ("opendata list", language.Say("all datasets", "全部数据集")),
            ("opendata list CN-PA-TXTS-10-A", language.Say("the releases of one", "一个数据集的各版本")),
            ("opendata list --new-since 2024-01-02", language.Say("what was published since a day", "某日以来发布的版本")),
            ("opendata list --json | jq -r '.items[] | select(.access == \"open\") | .code'", language.Say("what needs no key", "无需密钥的数据集")),
        ];
        command.SetAction((parsed, stop) => Failures.TellAsync(terminal, async () =>
        {
            // Somebody waits for the answer: no five minutes of patience.
            DownloadOptions options = new() { GiveUpAfter = parsed.GetValue(common.GiveUpAfter) ?? TimeSpan.FromSeconds(15) };
            using Server server = common.Connect(parsed, options, terminal);
            if (parsed.GetValue(newSince) is { } day)
            {
                List<ReleaseSummary> releases = await NewSinceAsync(server, parsed.GetValue(code), day, stop);
                Print(terminal, parsed.GetValue(json), releases, r => JsonSerializer.Serialize(new Page<ReleaseSummary>(r, null), FormatJson.Default.PageReleaseSummary), r => NewReleases(r, language));
            }
            else if (parsed.GetValue(code) is { } dataset)
            {
                List<ReleaseSummary> releases = await server.ListAsync($"/api/v1/datasets/{dataset}/releases?limit=1000", FormatJson.Default.PageReleaseSummary, stop).ToListAsync(stop);
                Print(terminal, parsed.GetValue(json), releases, r => JsonSerializer.Serialize(new Page<ReleaseSummary>(r, null), FormatJson.Default.PageReleaseSummary), r => Releases(r, language));
            }
            else
            {
                List<DatasetSummary> datasets = await server.ListAsync("/api/v1/datasets", FormatJson.Default.PageDatasetSummary, stop).ToListAsync(stop);
                Print(terminal, parsed.GetValue(json), datasets, d => JsonSerializer.Serialize(new Page<DatasetSummary>(d, null), FormatJson.Default.PageDatasetSummary), d => Datasets(d, language));
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

    internal static TextTable NewReleases(IReadOnlyList<ReleaseSummary> releases, UserLanguage language)
    {
        TextTable table = language.IsChinese
            ? new("发布时间", "代码", "期次", "修订版", ">大小", "状态")
            : new("PUBLISHED", "CODE", "EDITION", "REVISION", ">SIZE", "STATE");
        foreach (ReleaseSummary release in releases)
        {
            table.Add(
                UtcTime.Text(release.PublishedAt),
                release.Dataset,
                release.Edition,
                "r" + release.Revision.ToString(CultureInfo.InvariantCulture),
                ByteCount.Format(release.Bytes),
                language.Say(CatalogTerms.State(release.State)));
        }
        return table;
    }

    internal static TextTable Datasets(IReadOnlyList<DatasetSummary> datasets, UserLanguage language)
    {
        TextTable table = language.IsChinese
            ? new("代码", "最新一期", "日期", ">大小", ">累计期次", "开放级别", "名称")
            : new("CODE", "EDITION", "DATE", ">SIZE", ">RELEASES", "ACCESS", "NAME");
        foreach (DatasetSummary dataset in datasets)
        {
            ReleaseSummary? latest = dataset.Latest;
            table.Add(
                dataset.Code,
                latest?.Edition ?? "-",
                latest is null ? "-" : Date(latest.Date),
                latest is null ? "-" : ByteCount.Format(latest.Bytes),
                dataset.Releases.ToString(CultureInfo.InvariantCulture),
                language.Say(CatalogTerms.Access(dataset.Access)),
                language.Say(dataset.Name.En, dataset.Name.Zh));
        }
        return table;
    }

    internal static TextTable Releases(IReadOnlyList<ReleaseSummary> releases, UserLanguage language)
    {
        TextTable table = language.IsChinese
            ? new("期次", "修订版", "日期", ">大小", ">压缩包", ">文献", "发布时间", "状态")
            : new("EDITION", "REVISION", "DATE", ">SIZE", ">ARCHIVES", ">DOCUMENTS", "PUBLISHED", "STATE");
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
                language.Say(CatalogTerms.State(release.State)));
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
