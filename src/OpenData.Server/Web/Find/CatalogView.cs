using OpenData.Server.Catalog;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Releases;

namespace OpenData.Server.Web.Find;

/// <summary>The catalog as it is shown: what the filter leaves, grouped by office, and what each further choice would leave.</summary>
public sealed record CatalogView
{
    /// <summary>Offices in the order in which they are shown; others follow by code.</summary>
    private static readonly string[] s_offices = ["CN", "US", "EP", "JP", "KR"];

    /// <summary>Contents in the order in which they are shown, from the whole text to the smallest matter.</summary>
    private static readonly string[] s_contents =
    [
        "full-text", "full-text-images", "bibliographic", "bibliographic-abstract", "abstract", "abstract-translation", "design", "legal-status", "citations",
        "sequence-listings", "gazette", "ic-registration", "ic-affairs", "ic-termination", "ic-revocation",
    ];

    /// <summary>What was asked for.</summary>
    public required CatalogFilter Filter { get; init; }

    /// <summary>What is left, by office.</summary>
    public required IReadOnlyList<OfficeGroup> Offices { get; init; }

    /// <summary>How many datasets are left.</summary>
    public required int Found { get; init; }

    /// <summary>How many there are.</summary>
    public required int Total { get; init; }

    /// <summary>Editions of all datasets.</summary>
    public required long Editions { get; init; }

    /// <summary>Bytes of the newest release of every dataset.</summary>
    public required long NewestBytes { get; init; }

    /// <summary>When something was published last; null where nothing was.</summary>
    public required DateTimeOffset? LastPublished { get; init; }

    /// <summary>Columns of the overview: offices.</summary>
    public required IReadOnlyList<string> OverviewOffices { get; init; }

    /// <summary>Rows of the overview: a content with its datasets of each office.</summary>
    public required IReadOnlyList<OverviewRow> Overview { get; init; }

    /// <summary>Classes of access with the number of datasets that choosing each would leave.</summary>
    public required IReadOnlyList<Choice> Access { get; init; }

    /// <summary>Categories with the number of datasets that choosing each would leave.</summary>
    public required IReadOnlyList<Choice> Categories { get; init; }

    /// <summary>Makes the view.</summary>
    public static CatalogView Of(DatasetCatalog catalog, IReadOnlyDictionary<string, DatasetHead> heads, CatalogFilter filter, DatasetSearch search)
    {
        IReadOnlyDictionary<string, int>? scores = filter.Question is { } question ? search.Find(question) : null;
        List<Dataset> asked = [.. catalog.Datasets.Values.Where(dataset => scores is null || scores.ContainsKey(dataset.Code))];
        List<Dataset> left = [.. asked.Where(dataset => Passes(dataset, filter))];
        IEnumerable<string> offices = catalog.Datasets.Values.Select(dataset => dataset.Jurisdiction).Distinct(StringComparer.Ordinal).OrderBy(Rank(s_offices)).ThenBy(code => code, StringComparer.Ordinal);
        List<string> columns = [.. offices];
        return new CatalogView
        {
            Filter = filter,
            Found = left.Count,
            Total = catalog.Datasets.Count,
            Editions = heads.Values.Sum(head => head.Editions),
            NewestBytes = heads.Values.Sum(head => head.Latest.Bytes),
            LastPublished = heads.Count == 0 ? null : heads.Values.Max(head => head.Latest.PublishedAt),
            Offices =
            [
                .. columns
                    .Select(office => new OfficeGroup(
                        office,
                        [
                            .. left.Where(dataset => dataset.Jurisdiction == office)
                                .OrderByDescending(dataset => scores?[dataset.Code] ?? 0)
                                .ThenBy(dataset => Rank(s_contents)(dataset.Content))
                                .ThenBy(dataset => dataset.Code, StringComparer.Ordinal)
                                .Select(dataset => new DatasetLine(dataset, heads.GetValueOrDefault(dataset.Code))),
                        ]))
                    .Where(group => group.Datasets.Count > 0),
            ],
            OverviewOffices = columns,
            Overview =
            [
                .. catalog.Datasets.Values.Select(dataset => dataset.Content).Distinct(StringComparer.Ordinal).OrderBy(Rank(s_contents)).ThenBy(content => content, StringComparer.Ordinal)
                    .Select(content => new OverviewRow(content, [.. columns.Select(office => asked.Count(dataset =>
                        dataset.Content == content && dataset.Jurisdiction == office && Passes(dataset, filter with { Content = null, Jurisdiction = null })))])),
            ],
            Access =
            [
                .. DatasetSummaries.AccessWords.Select(word => new Choice(word, asked.Count(dataset =>
                    DatasetSummaries.AccessWord(dataset.Access) == word && Passes(dataset, filter with { Access = null })))),
            ],
            Categories =
            [
                .. catalog.Datasets.Values.Select(dataset => dataset.Category).Distinct(StringComparer.Ordinal).OrderDescending(StringComparer.Ordinal)
                    .Select(category => new Choice(category, asked.Count(dataset => dataset.Category == category && Passes(dataset, filter with { Category = null })))),
            ],
        };
    }

    private static bool Passes(Dataset dataset, CatalogFilter filter) =>
        Is(dataset.Jurisdiction, filter.Jurisdiction) && Is(dataset.Category, filter.Category) && Is(dataset.Content, filter.Content)
        && Is(DatasetSummaries.AccessWord(dataset.Access), filter.Access);

    private static bool Is(string value, string? wanted) => wanted is null || string.Equals(value, wanted, StringComparison.OrdinalIgnoreCase);

    private static Func<string, int> Rank(string[] order) => word => Array.IndexOf(order, word) is var place and >= 0 ? place : order.Length;
}

/// <param name="Office">Its code.</param>
/// <param name="Datasets">Its datasets that are left.</param>
public sealed record OfficeGroup(string Office, IReadOnlyList<DatasetLine> Datasets);

/// <param name="Dataset">The dataset.</param>
/// <param name="Head">Its newest release, or null where it has none yet.</param>
public sealed record DatasetLine(Dataset Dataset, DatasetHead? Head);

/// <param name="Content">Kind of content.</param>
/// <param name="Counts">Datasets of each office, in the order of the columns.</param>
public sealed record OverviewRow(string Content, IReadOnlyList<int> Counts);

/// <param name="Word">The value in the address.</param>
/// <param name="Count">How many datasets it leaves.</param>
public sealed record Choice(string Word, int Count);
