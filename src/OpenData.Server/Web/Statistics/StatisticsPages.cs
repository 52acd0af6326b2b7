using System.Globalization;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Statistics;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Statistics;

/// <summary><c>/statistics</c> for everybody, <c>/admin/statistics</c> with accounts for the office; every table also as CSV.</summary>
internal static class StatisticsPages
{
    public const string Home = "/statistics";
    public const string Desk = "/admin/statistics";

    private const int MostAccountsInFile = 100_000;

    public static void Map(IEndpointRouteBuilder pages)
    {
        RouteGroupBuilder home = pages.MapGroup(Home);
        home.MapGet("", ShowAsync);
        home.MapGet("/{table}.csv", CsvAsync);
        RouteGroupBuilder desk = pages.MapGroup(Desk).RequireRole(Role.Curator, Role.AccountOfficer);
        desk.MapGet("", ShowDeskAsync);
        desk.MapGet("/{table}.csv", CsvAsync);
        desk.MapGet("/accounts.csv", AccountsCsvAsync);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, StatisticsQueries queries, ICurrentCatalog catalog, TimeProvider time, CancellationToken stop) =>
        SitePage.Of<StatisticsPage>(http, await ViewAsync(http, queries, catalog, time, accounts: false, stop));

    private static async Task<IResult> ShowDeskAsync(HttpContext http, StatisticsQueries queries, ICurrentCatalog catalog, TimeProvider time, CancellationToken stop) =>
        SitePage.Of<StatisticsDeskPage>(http, await ViewAsync(http, queries, catalog, time, accounts: true, stop));

    private static async Task<StatisticsView> ViewAsync(HttpContext http, StatisticsQueries queries, ICurrentCatalog catalog, TimeProvider time, bool accounts, CancellationToken stop)
    {
        DateOnly today = Today(time);
        StatisticsRange range = StatisticsRange.Of(http.Request.Query, today);
        DateOnly from = today.AddDays(1 - StatisticsView.Days);
        Dictionary<string, SumLine> days = (await queries.DaysAsync(from, stop)).ToDictionary(line => line.Name);
        return new StatisticsView
        {
            Range = range,
            Months = await MonthsAsync(queries, range, stop),
            ByDay =
            [
                .. Enumerable.Range(0, StatisticsView.Days)
                    .Select(day => from.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
                    .Select(day => days.GetValueOrDefault(day) ?? new SumLine { Name = day }),
            ],
            Datasets = await queries.DatasetsAsync(range.FromText, range.ToText, stop),
            Countries = await queries.CountriesAsync(range.FromText, range.ToText, stop),
            Visits = await queries.VisitsAsync(range.FromText, range.ToText, stop),
            Accounts = accounts ? await queries.AccountsAsync(range.FromText, range.ToText, StatisticsView.MostAccounts, stop) : null,
            Catalog = catalog.Current,
        };
    }

    /// <summary>Every month of a range, with zeros where nothing was.</summary>
    private static async Task<IReadOnlyList<SumLine>> MonthsAsync(StatisticsQueries queries, StatisticsRange range, CancellationToken stop)
    {
        Dictionary<string, SumLine> months = (await queries.MonthsAsync(range.FromText, range.ToText, stop)).ToDictionary(line => line.Name);
        return [.. range.All().Select(month => months.GetValueOrDefault(month) ?? new SumLine { Name = month })];
    }

    private static async Task<IResult> CsvAsync(string table, HttpContext http, StatisticsQueries queries, TimeProvider time, CancellationToken stop)
    {
        StatisticsRange range = StatisticsRange.Of(http.Request.Query, Today(time));
        Csv? csv = table switch
        {
            "months" => Sums("month", await MonthsAsync(queries, range, stop)),
            "datasets" => Sums("dataset", await queries.DatasetsAsync(range.FromText, range.ToText, stop)),
            "countries" => Sums("country", await queries.CountriesAsync(range.FromText, range.ToText, stop)),
            "visits" => Visits(await queries.VisitsAsync(range.FromText, range.ToText, stop)),
            _ => null,
        };
        return csv?.ToFile($"opendata-{table}-{range.FromText}-{range.ToText}.csv") ?? TypedResults.NotFound();
    }

    private static async Task<IResult> AccountsCsvAsync(HttpContext http, StatisticsQueries queries, TimeProvider time, CancellationToken stop)
    {
        StatisticsRange range = StatisticsRange.Of(http.Request.Query, Today(time));
        Csv csv = new("account", "organization", "country", "archives", "documents", "bytes");
        foreach (AccountLine line in await queries.AccountsAsync(range.FromText, range.ToText, MostAccountsInFile, stop))
        {
            csv.Add(line.Name, line.Organization, line.Country, line.Archives, line.Documents, line.Bytes);
        }
        http.Response.Headers.CacheControl = "no-store";
        return csv.ToFile($"opendata-accounts-{range.FromText}-{range.ToText}.csv");
    }

    private static Csv Sums(string of, IReadOnlyList<SumLine> lines)
    {
        Csv csv = new(of, "archives", "documents", "bytes");
        foreach (SumLine line in lines)
        {
            csv.Add(line.Name, line.Archives, line.Documents, line.Bytes);
        }
        return csv;
    }

    private static Csv Visits(IReadOnlyList<VisitLine> lines)
    {
        Csv csv = new("month", "page", "language", "visits");
        foreach (VisitLine line in lines)
        {
            csv.Add(line.Month, line.Kind, line.Language, line.Visits);
        }
        return csv;
    }

    private static DateOnly Today(TimeProvider time) => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
}
