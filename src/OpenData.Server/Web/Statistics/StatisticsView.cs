using OpenData.Server.Catalog;
using OpenData.Server.Statistics;

namespace OpenData.Server.Web.Statistics;

/// <summary>Everything that a page of statistics shows.</summary>
public sealed record StatisticsView
{
    /// <summary>Days of the picture by day.</summary>
    public const int Days = 30;

    /// <summary>Most accounts in the office's table.</summary>
    public const int MostAccounts = 200;

    /// <summary>The months.</summary>
    public required StatisticsRange Range { get; init; }

    /// <summary>Each of the months, also those without anything.</summary>
    public required IReadOnlyList<SumLine> Months { get; init; }

    /// <summary>Each of the last days, also those without anything.</summary>
    public required IReadOnlyList<SumLine> ByDay { get; init; }

    /// <summary>By dataset.</summary>
    public required IReadOnlyList<SumLine> Datasets { get; init; }

    /// <summary>By country.</summary>
    public required IReadOnlyList<SumLine> Countries { get; init; }

    /// <summary>Visits by month, kind and language.</summary>
    public required IReadOnlyList<VisitLine> Visits { get; init; }

    /// <summary>By account; null for everybody but the office.</summary>
    public required IReadOnlyList<AccountLine>? Accounts { get; init; }

    /// <summary>All datasets, for their names.</summary>
    public required DatasetCatalog Catalog { get; init; }

    /// <summary>Visits of a month.</summary>
    public long VisitsOf(string month) => Visits.Where(line => line.Month == month).Sum(line => line.Visits);
}
