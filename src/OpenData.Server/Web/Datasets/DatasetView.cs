using OpenData.Server.Catalog;
using OpenData.Server.Feedback;
using OpenData.Server.Releases;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Datasets;

/// <summary>Everything that the page of a dataset shows.</summary>
public sealed record DatasetView
{
    /// <summary>Most bars of the picture of sizes: a year of editions twice a week.</summary>
    public const int MostBars = 104;

    /// <summary>The dataset.</summary>
    public required Dataset Dataset { get; init; }

    /// <summary>Its newest release; null where it has none.</summary>
    public required Release? Latest { get; init; }

    /// <summary>How many editions it has.</summary>
    public required long Editions { get; init; }

    /// <summary>All of its editions by day.</summary>
    public required EditionCalendar Calendar { get; init; }

    /// <summary>The year whose editions are listed; null where there are none.</summary>
    public required int? Year { get; init; }

    /// <summary>The releases of that year, the newest first.</summary>
    public required IReadOnlyList<Release> OfYear { get; init; }

    /// <summary>The newest current releases in order of time.</summary>
    public required IReadOnlyList<Release> Recent { get; init; }

    /// <summary>The fields of its documents.</summary>
    public required IReadOnlyList<DocumentField> Fields { get; init; }

    /// <summary>Its manual as HTML, or null.</summary>
    public required string? Manual { get; init; }

    /// <summary>The terms to accept, or null.</summary>
    public required Terms? Terms { get; init; }

    /// <summary>How to fetch the newest release; null where there is none.</summary>
    public required DownloadCommands? Commands { get; init; }

    /// <summary>How to cite it; null where there is no release.</summary>
    public required Citation? Citation { get; init; }

    /// <summary>What those say of its releases who downloaded them.</summary>
    public required RatingTotals Ratings { get; init; }

    /// <summary>What search engines read (schema.org in JSON-LD), safe within a script element.</summary>
    public required string JsonLd { get; init; }

    /// <summary>When it comes.</summary>
    public Cadence Cadence => Cadence.Of(Dataset.Schedule);
}
