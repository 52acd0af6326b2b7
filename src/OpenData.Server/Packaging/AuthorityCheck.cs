using System.Globalization;
using OpenData.Format;

namespace OpenData.Server.Packaging;

/// <summary>
/// Compares the publications that an authority file lists with those found in a delivery, both ways. The file is read once, in order; found
/// numbers are ticked off, so that millions need a few dozen megabytes.
/// </summary>
internal sealed class AuthorityCheck(PackagePlan plan)
{
    private const int NamedInResult = 1000;

    private readonly DocumentCount _found = plan.DocumentCount;
    private readonly bool[] _ticked = new bool[plan.DocumentCount.Numbers.Length];
    private readonly HashSet<UInt128> _missingKeys = [];
    private readonly HashSet<UInt128> _exceptedKeys = [];
    private readonly List<string> _missing = [];
    private long _listedAndFound;

    /// <summary>Reads the file, adds what is wrong to the findings and returns the comparison.</summary>
    public async Task<AuthorityResult> RunAsync(Stream file, FindingsFile findings, CancellationToken stop)
    {
        await foreach (AuthorityLine line in AuthorityFile.ReadAsync(file, stop))
        {
            if (line.Record is { } record)
            {
                Take(record, findings);
            }
            else
            {
                findings.Add(new Finding(
                    Severity.Error,
                    "malformed-authority",
                    Sources.Delivery.AuthorityName,
                    Phrases.AuthorityLineUnread.With(line.Number, Phrases.Known(line.Fault!)),
                    Holds: true));
            }
            await findings.FlushFullAsync(stop);
        }
        List<string> surplus = [];
        for (int i = 0; i < _ticked.Length; i++)
        {
            if (!_ticked[i])
            {
                TakeSurplus(_found.Entries[i], _exceptedKeys.Contains(_found.Numbers[i]), surplus, findings);
                await findings.FlushFullAsync(stop);
            }
        }
        surplus.Sort(StringComparer.Ordinal);
        return new AuthorityResult(_listedAndFound + _missingKeys.Count, _listedAndFound, _missing, surplus, _exceptedKeys.Count);
    }

    private void Take(AuthorityRecord record, FindingsFile findings)
    {
        if (record.Exception is not null || plan.LeftOut.Contains(record))
        {
            _exceptedKeys.Add(PublicationNumbers.Key(record.Publication));
        }
        else if (IndexOf(record) is >= 0 and int index)
        {
            _listedAndFound += _ticked[index] ? 0 : 1;
            _ticked[index] = true;
        }
        else if (_missingKeys.Add(PublicationNumbers.Key(record.Publication)))
        {
            if (_missing.Count < NamedInResult)
            {
                _missing.Add(record.Publication);
            }
            findings.Add(new Finding(
                Severity.Error,
                "missing-document",
                null,
                Phrases.ListedAndMissing.With(record.Publication, record.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))));
        }
    }

    private void TakeSurplus(int entry, bool excepted, List<string> surplus, FindingsFile findings)
    {
        string name = plan.Name(entry);
        string number = PublicationNumbers.Find(plan.Rules.Document, name)!;
        if (surplus.Count < NamedInResult)
        {
            surplus.Add(number);
        }
        findings.Add(new Finding(
            Severity.Warning,
            "surplus-document",
            name,
            (excepted ? Phrases.ExceptedAndThere : Phrases.ThereAndNotListed).With(number)));
    }

    // File names may leave out what a dataset has only one of: the kind, or the office.
    private int IndexOf(AuthorityRecord record)
    {
        foreach (string form in (ReadOnlySpan<string>)[record.Publication, record.Office + record.Number, record.Number + record.Kind, record.Number])
        {
            int index = Array.BinarySearch(_found.Numbers, PublicationNumbers.Key(form));
            if (index >= 0)
            {
                return index;
            }
        }
        return -1;
    }
}
