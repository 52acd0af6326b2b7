using System.Globalization;
using OpenData.Server.Catalog;

namespace OpenData.Server.Samples;

/// <summary>Numbers of publications in ascending order, in the ranges that the offices have reached by that day, with the small gaps of real ones.</summary>
/// <param name="dataset">Gives office and kinds.</param>
/// <param name="date">The day of publication.</param>
/// <param name="random">Of the edition.</param>
internal sealed class PublicationSeries(Dataset dataset, DateOnly date, SampleRandom random)
{
    private readonly HashSet<string> _applications = new(StringComparer.Ordinal);
    private long _serial = random.Below(1000);

    public Publication Next()
    {
        _serial += random.Between(1, 3);
        if (dataset.Category == "ic-layout")
        {
            string registration = Text($"BS.{date.Year % 100:00}5{DayOfYear(2000) + _serial:000000}");
            return new Publication("CN", registration, "", date, registration, date.AddDays(-random.Between(120, 400))) { Id = registration };
        }
        DateOnly filed;
        string application;
        do
        {
            filed = date.AddDays(-random.Between(400, 1400));
            application = Application(filed);
        }
        while (!_applications.Add(application));
        string kind = Kind();
        Publication publication = new(dataset.Jurisdiction, Number(kind), kind, date, application, filed);
        return (dataset.Jurisdiction, dataset.Content) switch
        {
            ("CN", "legal-status") => Named(publication, CnFileName.WithCheckDigit(application), ""), // legal events follow the application
            ("CN", "bibliographic-abstract") => Named(publication, CnFileName.Padded(publication.Number), kind),
            _ => publication,
        };
    }

    private static Publication Named(Publication publication, string number, string kind) =>
        publication with { Id = publication.Office + number + kind, Listed = (number, kind) };

    /// <summary>Most publications have the office's usual kind, a few another one of the dataset's.</summary>
    private string Kind()
    {
        IReadOnlyList<string> kinds = dataset.KindCodes;
        if (kinds.Count == 0)
        {
            return dataset.Jurisdiction == "EP" ? random.Chance(60) ? "A1" : "B1" : dataset.Code.EndsWith("-30", StringComparison.Ordinal) ? "S"
                : dataset.Code.EndsWith("-20", StringComparison.Ordinal) ? "U" : "B";
        }
        if (dataset.Jurisdiction == "CN")
        {
            return dataset.Content is "bibliographic-abstract" ? kinds[0] : random.Pick(kinds); // the others of bibliographic data are kinds of former years
        }
        string usual = kinds.Contains("B2") && dataset.Jurisdiction is "US" or "JP" && kinds.Contains("B2") ? "B2" : kinds[0];
        return random.Chance(85) ? usual : random.Pick(kinds);
    }

    private string Number(string kind) => (dataset.Jurisdiction, kind[0]) switch
    {
        ("CN", 'U' or 'Y') => Text($"{Reached(218_000_000, 830) + _serial}"),
        ("CN", 'S') => Text($"{Reached(306_000_000, 480) + _serial}"),
        ("CN", _) => Text($"{Reached(110_000_000, 1600) + _serial}"),
        ("US", 'A' or 'P') when kind is "P1" || kind[0] == 'A' => Text($"{date.Year}{DayOfYear(1100) + _serial:0000000}"),
        ("US", 'S') => Text($"D{Reached(700_000, 100) + _serial}"),
        ("US", 'P') => Text($"PP{Reached(20_000, 3) + _serial}"),
        ("US", 'E') => Text($"RE{Reached(40_000, 2) + _serial}"),
        ("US", _) => Text($"{Reached(7_400_000, 870) + _serial}"),
        ("EP", 'B') => Text($"{Reached(2_600_000, 240) + _serial:0000000}"),
        ("EP", _) => Text($"{Reached(3_200_000, 240) + _serial:0000000}"),
        ("JP", 'A') => Text($"{date.Year}{DayOfYear(480) + _serial:000000}"),
        ("JP", 'U' or 'Y') => Text($"{Reached(3_190_000, 10) + _serial}"),
        ("JP", 'S') => Text($"{Reached(1_300_000, 80) + _serial}"),
        ("JP", _) => Text($"{Reached(4_700_000, 480) + _serial}"),
        ("KR", 'A' or 'U') => Text($"{(kind[0] == 'A' ? "10" : "20")}{date.Year}{DayOfYear(450) + _serial:0000000}"),
        ("KR", 'Y') => Text($"20{Reached(430_000, 10) + _serial:0000000}"),
        ("KR", 'S') => Text($"30{Reached(440_000, 140) + _serial:0000000}"),
        ("KR", _) => Text($"10{Reached(840_000, 320) + _serial:0000000}"),
        _ => Text($"{Reached(1_000_000, 100) + _serial}"),
    };

    private string Application(DateOnly filed) => dataset.Jurisdiction switch
    {
        "CN" => Text($"{filed.Year}{ApplicationType}{filed.DayOfYear * 3000 + random.Below(3000):0000000}"),
        "US" => Text($"{17 + (filed.Year - 2020) / 3}{random.Between(100_000, 999_999)}"),
        "EP" => Text($"{filed.Year % 100:00}{random.Between(150_000, 790_000)}"),
        "KR" => Text($"10{filed.Year}{random.Between(1000, 180_000):0000000}"),
        _ => Text($"{filed.Year}{random.Between(1000, 199_999):000000}"),
    };

    /// <summary>The fifth digit of a Chinese application number: invention, utility model, design.</summary>
    private string ApplicationType => dataset.Code.Contains("-20", StringComparison.Ordinal) ? "2" : dataset.Code.Contains("-30", StringComparison.Ordinal) ? "3" : "1";

    private long Reached(long at2010, int aDay) => at2010 + (date.DayNumber - new DateOnly(2010, 1, 1).DayNumber) * (long)aDay;

    private long DayOfYear(int aDay) => date.DayOfYear * (long)aDay;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
