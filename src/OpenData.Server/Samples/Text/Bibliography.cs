using System.Globalization;

namespace OpenData.Server.Samples.Text;

/// <summary>The bibliographic data of one document (WIPO ST.9: what INID codes 51, 54, 71, 72, 73 and 74 stand for).</summary>
internal sealed class Bibliography
{
    private static readonly string[] Classes =
    [
        "A01G", "A23L", "A47J", "A61B", "A61K", "A63F", "B01D", "B23K", "B25J", "B29C", "B32B", "B60K", "B65G", "C02F", "C07D", "C08L", "C12N", "C22C", "D06M", "E04B",
        "F16H", "F24F", "F25B", "G01N", "G02B", "G06F", "G06N", "G06T", "G09G", "G11C", "H01L", "H01M", "H02J", "H04L", "H04N", "H04W", "H05K", "H10D",
    ];

    public Bibliography(Language language, SampleRandom random)
    {
        Ipc = [.. Enumerable.Range(0, random.Between(1, 5)).Select(_ => IpcClass.Draw(random.Pick(Classes), random))];
        Applicants = [.. Enumerable.Range(0, random.Chance(85) ? 1 : 2).Select(_ => new Party(Firm(language, random), Address(language, random)))];
        Inventors = [.. Enumerable.Range(0, random.Between(1, 6)).Select(_ => new Party(Person(language, random), Address(language, random)))];
        Agent = new Party(Person(language, random), Address(language, random));
        Cited = [.. Enumerable.Range(0, random.Between(2, 9)).Select(_ => CitedDocument.Draw(random))];
    }

    public IReadOnlyList<IpcClass> Ipc { get; }

    public IReadOnlyList<Party> Applicants { get; }

    public IReadOnlyList<Party> Inventors { get; }

    public Party Agent { get; }

    public IReadOnlyList<CitedDocument> Cited { get; }

    public static string Person(Language language, SampleRandom random) => random.Pick(language.Families) + language.NameGap + random.Pick(language.Given);

    private static string Firm(Language language, SampleRandom random) =>
        random.Pick(language.Firms) + (language.Code == "en" ? " " : "") + random.Pick(language.FirmEndings);

    private static string Address(Language language, SampleRandom random)
    {
        string street = random.Pick(language.Streets).Replace("{#}", random.Between(1, 988).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        string town = random.Pick(language.Towns);
        return language.Code switch { "en" => $"{street}, {town}", "ko" => $"{town} {street}", _ => town + street };
    }
}

/// <summary>A firm or a person with an address.</summary>
internal sealed record Party(string Name, string Address);

/// <summary>A symbol of the International Patent Classification (INID 51).</summary>
internal sealed record IpcClass(string Subclass, int Group, string Subgroup)
{
    public static IpcClass Draw(string subclass, SampleRandom random) =>
        new(subclass, random.Between(1, 99), random.Chance(30) ? "00" : (random.Between(1, 98) * 2).ToString("00", CultureInfo.InvariantCulture));

    /// <summary>In the 50-character form of ST.8: <c>H01M  10/052       20100101AFI20240102BHCN</c>, without the last part.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Subclass} {Group,3}/{Subgroup,-7}(2006.01)");
}

/// <summary>A document cited in the search (INID 56).</summary>
internal sealed record CitedDocument(string Office, string Number, string Kind, DateOnly Date)
{
    public static CitedDocument Draw(SampleRandom random)
    {
        int year = random.Between(1996, 2021);
        DateOnly date = new(year, random.Between(1, 12), random.Between(1, 28));
        return random.Below(5) switch
        {
            0 => new("US", Text($"{random.Between(5_500_000, 10_900_000)}"), year < 2001 ? "A" : "B2", date),
            1 => new("EP", Text($"{random.Between(1_000_000, 3_900_000)}"), "A1", date),
            2 => new("JP", Text($"{year}{random.Between(1000, 350_000):000000}"), "A", date),
            3 => new("KR", Text($"10{year}{random.Between(1000, 150_000):0000000}"), "A", date),
            _ => new("CN", Text($"{random.Between(101_000_000, 113_000_000)}"), "A", date),
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
