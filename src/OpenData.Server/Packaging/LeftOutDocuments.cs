using System.Text.RegularExpressions;

namespace OpenData.Server.Packaging;

/// <summary>
/// Documents that must not be packaged, whatever a delivery brings: each is named by its publication number, in any way of writing it, or by the full name of an entry.
/// </summary>
public sealed class LeftOutDocuments
{
    private readonly HashSet<UInt128> _numbers;
    private readonly HashSet<string> _names;

    /// <param name="documents">Publication numbers or names of entries.</param>
    public LeftOutDocuments(IReadOnlyCollection<string> documents)
    {
        _numbers = [.. documents.Select(document => PublicationNumbers.Key(document))];
        _names = documents.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Everything is packaged.</summary>
    public static LeftOutDocuments None { get; } = new([]);

    /// <summary>How many.</summary>
    public int Count => _names.Count;

    /// <summary>True where an entry is, or belongs to, one of them.</summary>
    /// <param name="pattern">Finds the publication number in an entry's name (<see cref="Catalog.PackageRules.Document"/>).</param>
    /// <param name="entryName">The entry's name.</param>
    public bool Contains(Regex pattern, string entryName) =>
        Count > 0 && (_names.Contains(entryName) || (PublicationNumbers.Find(pattern, entryName) is { } number && _numbers.Contains(PublicationNumbers.Key(number))));

    /// <summary>True where an authority file lists one of them.</summary>
    public bool Contains(AuthorityRecord record) => Count > 0
        && (Has(record.Publication) || Has(record.Office + record.Number) || Has(record.Number + record.Kind) || Has(record.Number));

    /// <summary>True where a publication number is that of one of them.</summary>
    public bool Contains(string number) => Count > 0 && Has(number);

    private bool Has(string number) => _numbers.Contains(PublicationNumbers.Key(number));
}
