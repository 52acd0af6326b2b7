using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway.Api;

/// <summary>Datasets as the API shows them.</summary>
internal static class DatasetSummaries
{
    public static readonly string[] AccessWords = [.. Enum.GetValues<AccessLevel>().Select(AccessWord)];

    public static string AccessWord(AccessLevel access) => access switch
    {
        AccessLevel.Open => "open",
        AccessLevel.Registered => "registered",
        AccessLevel.Agreement => "agreement",
        _ => "restricted",
    };

    public static DatasetSummary Of(Dataset dataset, DatasetHead? head) => new(
        dataset.Code,
        dataset.Name,
        dataset.Description,
        dataset.Jurisdiction,
        dataset.Category,
        dataset.Content,
        dataset.KindCodes,
        dataset.Media,
        dataset.Schema,
        dataset.Provenance,
        dataset.CoverageFrom,
        AccessWord(dataset.Access),
        dataset.Terms,
        new ScheduleSummary(dataset.Schedule.Cron, dataset.Schedule.TimeZone.Id),
        head?.Latest.ToSummary(),
        head?.Editions ?? 0);

    /// <summary>True where every word of the question is in the code, the names or the descriptions.</summary>
    public static bool Matches(Dataset dataset, string? question) =>
        question is null || question.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(word =>
            Has(dataset.Code, word) || Has(dataset.Name.Zh, word) || Has(dataset.Name.En, word) || Has(dataset.Description.Zh, word) || Has(dataset.Description.En, word));

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
}
