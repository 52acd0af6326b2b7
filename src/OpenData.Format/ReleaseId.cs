using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OpenData.Format;

/// <summary>
/// Names one published, immutable revision of an edition. Its text form is the path under <c>/files/</c> and under
/// <c>datasets/</c> in storage: <c>CN-PA-TXTS-10-A/20240102/r1</c>.
/// </summary>
/// <param name="Dataset">The dataset's code, such as <c>CN-PA-TXTS-10-A</c>; see <see cref="IsDataset"/>.</param>
/// <param name="Edition">The edition's id, mostly <c>yyyyMMdd</c> but any text that <see cref="IsEdition"/> allows.</param>
/// <param name="Revision">1 for the first release, one more for each correction.</param>
public readonly record struct ReleaseId(string Dataset, string Edition, int Revision) : IComparable<ReleaseId>
{
    /// <summary>The longest edition id, in characters.</summary>
    public const int MaxEditionLength = 80;

    /// <summary><c>r1</c>, <c>r2</c> …</summary>
    public string RevisionName => "r" + Revision.ToString(CultureInfo.InvariantCulture);

    /// <summary>The start of the name of every file of the release: <c>CODE_EDITION_rN</c>.</summary>
    public string FilePrefix => $"{Dataset}_{Edition}_{RevisionName}";

    /// <summary>The name of the volume with this number, counted from 1: <c>CODE_EDITION_rN_001.zip</c>.</summary>
    public string ArchiveName(int volume) => string.Create(CultureInfo.InvariantCulture, $"{FilePrefix}_{volume:000}.zip");

    /// <summary>The name of the entries index of the volume with this number: <c>CODE_EDITION_rN_001.entries.jsonl.gz</c>.</summary>
    public string EntriesName(int volume) => string.Create(CultureInfo.InvariantCulture, $"{FilePrefix}_{volume:000}.entries.jsonl.gz");

    /// <summary>The name of the file that lists all findings of the edition: <c>CODE_EDITION_rN.findings.jsonl.gz</c>.</summary>
    public string FindingsName => FilePrefix + ".findings.jsonl.gz";

    /// <summary>The name of the file that lists what this revision changed: <c>CODE_EDITION_rN.changes.jsonl.gz</c>.</summary>
    public string ChangesName => FilePrefix + ".changes.jsonl.gz";

    /// <summary>Two to 64 of <c>A–Z 0–9 -</c>, beginning with a letter.</summary>
    public static bool IsDataset([NotNullWhen(true)] string? code) =>
        code is { Length: >= 2 and <= 64 } && char.IsAsciiLetterUpper(code[0]) && code.AsSpan().IndexOfAnyExcept(DatasetCharacters) < 0;

    /// <summary>
    /// True for text that is safe as one path segment everywhere: 1 to <see cref="MaxEditionLength"/> letters, digits, <c>-</c>, <c>_</c>
    /// and inner <c>.</c> of any script, and not the word <c>latest</c>.
    /// </summary>
    public static bool IsEdition([NotNullWhen(true)] string? edition)
    {
        if (edition is not { Length: > 0 and <= MaxEditionLength } || edition[0] == '.' || edition[^1] == '.' || edition == "latest")
        {
            return false;
        }
        foreach (char c in edition)
        {
            if (!char.IsLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            {
                return false;
            }
        }
        return edition.IsNormalized();
    }

    /// <summary>Reads <c>r1</c>, <c>r2</c> …; no leading zero, no other form.</summary>
    public static bool TryParseRevision([NotNullWhen(true)] string? text, out int revision)
    {
        revision = 0;
        return text is { Length: >= 2 and <= 6 } && text[0] == 'r' && text[1] != '0'
            && int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out revision);
    }

    /// <summary>Reads <c>CODE/EDITION/rN</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ReleaseId id)
    {
        id = default;
        if (text?.Split('/') is not [var dataset, var edition, var revisionName]
            || !IsDataset(dataset) || !IsEdition(edition) || !TryParseRevision(revisionName, out int revision))
        {
            return false;
        }
        id = new ReleaseId(dataset, edition, revision);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ReleaseId other)
    {
        int byDataset = string.CompareOrdinal(Dataset, other.Dataset);
        int byEdition = byDataset != 0 ? byDataset : string.CompareOrdinal(Edition, other.Edition);
        return byEdition != 0 ? byEdition : Revision.CompareTo(other.Revision);
    }

    /// <summary><c>CODE/EDITION/rN</c>.</summary>
    public override string ToString() => $"{Dataset}/{Edition}/{RevisionName}";

    private static readonly System.Buffers.SearchValues<char> DatasetCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
}
