using System.Globalization;
using OpenData.Format;

namespace OpenData.Server.Statistics;

/// <summary>
/// Sums up a stretch of the journal. Pure: what is known of unfinished files goes in, and comes out as it is afterwards. A file counts as downloaded when
/// every byte of it was delivered, in however many pieces; then its pieces are forgotten, and the next time counts anew.
/// </summary>
public sealed class JournalSum(IReadOnlyDictionary<FileOfSomebody, Coverage> unfinished)
{
    private readonly Dictionary<FileOfSomebody, Coverage?> _parts = unfinished.ToDictionary(pair => pair.Key, pair => (Coverage?)pair.Value);
    private readonly Dictionary<FileOfSomebody, DateTimeOffset> _touched = [];
    private readonly Dictionary<(DateOnly Day, string Dataset, string Country), Counted> _days = [];
    private readonly Dictionary<(string Month, string AccountId), Counted> _accounts = [];
    private readonly Dictionary<(string AccountId, ReleaseId Release), DateTimeOffset> _completions = [];

    /// <summary>By day, dataset and country.</summary>
    public IReadOnlyDictionary<(DateOnly Day, string Dataset, string Country), Counted> Days => _days;

    /// <summary>By month and account.</summary>
    public IReadOnlyDictionary<(string Month, string AccountId), Counted> Accounts => _accounts;

    /// <summary>Releases of which an account has at least an archive or a document now, and since when.</summary>
    public IReadOnlyDictionary<(string AccountId, ReleaseId Release), DateTimeOffset> Completions => _completions;

    /// <summary>Files whose pieces changed: what is known of them, null for those that are whole now, and the time of the last piece.</summary>
    public IEnumerable<(FileOfSomebody File, Coverage? Parts, DateTimeOffset At)> Touched => _touched.Select(pair => (pair.Key, _parts[pair.Key], pair.Value));

    /// <summary><c>2026-01</c>.</summary>
    public static string MonthOf(DateOnly day) => day.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    /// <summary>Adds a line. Each is added once: see <see cref="StatisticsRollup"/>.</summary>
    public void Add(JournalLine line)
    {
        bool whole = IsWholeNow(line);
        Counted counted = new(whole && line.IsArchive ? 1 : 0, whole && line.IsEntry ? 1 : 0, line.Sent);
        DateOnly day = DateOnly.FromDateTime(line.EndedAt.UtcDateTime);
        (DateOnly, string, string) group = (day, line.Dataset, line.AccountId is null ? Country.Nobody : line.Country ?? Country.Untold);
        _days[group] = _days.GetValueOrDefault(group) + counted;
        if (line.AccountId is { } account)
        {
            _accounts[(MonthOf(day), account)] = _accounts.GetValueOrDefault((MonthOf(day), account)) + counted;
            if (counted.Archives + counted.Documents > 0)
            {
                (string, ReleaseId) release = (account, line.Key.Release);
                _completions[release] = _completions.TryGetValue(release, out DateTimeOffset before) && before > line.EndedAt ? before : line.EndedAt;
            }
        }
    }

    private bool IsWholeNow(JournalLine line)
    {
        if (!line.IsArchive && !line.IsEntry)
        {
            return false;
        }
        FileOfSomebody key = line.Key;
        Coverage delivered = line.Delivered();
        Coverage? before = _parts.GetValueOrDefault(key);
        if (before is not null)
        {
            delivered.Add(before);
        }
        bool whole = line.Whole is { } bytes && delivered.IsWhole(bytes);
        if (whole ? before is null : delivered.IsEmpty)
        {
            return whole; // nothing was known, and nothing has to be remembered
        }
        _parts[key] = whole ? null : delivered;
        _touched[key] = line.EndedAt;
        return whole;
    }
}

/// <summary>What was counted.</summary>
/// <param name="Archives">Archives that were delivered as a whole.</param>
/// <param name="Documents">Entries of archives that were.</param>
/// <param name="Bytes">Bytes of everything.</param>
public readonly record struct Counted(long Archives, long Documents, long Bytes)
{
    /// <summary>Both together.</summary>
    public static Counted operator +(Counted a, Counted b) => new(a.Archives + b.Archives, a.Documents + b.Documents, a.Bytes + b.Bytes);

    /// <summary>Both together.</summary>
    public static Counted Add(Counted left, Counted right) => left + right;
}

/// <summary>What stands where there is no country.</summary>
public static class Country
{
    /// <summary>The account told none.</summary>
    public const string Untold = "";

    /// <summary>Without an account.</summary>
    public const string Nobody = "-";
}
