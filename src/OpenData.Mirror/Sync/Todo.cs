using OpenData.Format;

namespace OpenData.Mirror.Sync;

/// <summary>What a change asks of the mirror at once.</summary>
internal enum Act
{
    /// <summary>Nothing, or nothing yet.</summary>
    Nothing,

    /// <summary>The release waits to be fetched.</summary>
    Fetch,

    /// <summary>The release goes: another took its place.</summary>
    Remove,

    /// <summary>The release goes: its publisher took it back.</summary>
    Withdraw,
}

/// <summary>
/// What the feed asked for and is not done yet. Applying a change twice is harmless, so a mirror may read any page again. Pure: no disk, no network, no
/// lock (its owner holds one).
/// </summary>
internal sealed class Todo
{
    private readonly Dictionary<ReleaseId, long> _fetch = [];
    private readonly Dictionary<ReleaseId, (ReleaseId By, long Serial)> _remove = [];

    public Todo(IEnumerable<TodoEntry> entries)
    {
        foreach (TodoEntry entry in entries)
        {
            if (!ReleaseId.TryParse(entry.Release, out ReleaseId release))
            {
                throw new FormatException($"'{entry.Release}' is not a release");
            }
            if (entry.RemoveOnce is not { } text)
            {
                _fetch[release] = entry.Serial;
            }
            else
            {
                _remove[release] = ReleaseId.TryParse(text, out ReleaseId by) ? (by, entry.Serial) : throw new FormatException($"'{text}' is not a release");
            }
        }
    }

    /// <summary>Releases to fetch.</summary>
    public int Count => _fetch.Count;

    public bool Contains(ReleaseId release) => _fetch.ContainsKey(release);

    /// <summary>Releases to fetch, in the order of the feed.</summary>
    public IEnumerable<ReleaseId> Fetches => _fetch.OrderBy(f => f.Value).Select(f => f.Key);

    /// <summary>All of it, as it is kept on disk.</summary>
    public IEnumerable<TodoEntry> Entries => _fetch.Select(f => new TodoEntry(f.Key.ToString(), f.Value, null))
        .Concat(_remove.Select(r => new TodoEntry(r.Key.ToString(), r.Value.Serial, r.Value.By.ToString())))
        .OrderBy(e => e.Serial);

    /// <summary>Takes in a change.</summary>
    /// <param name="change">The change; it names a release unless it is <see cref="ChangeType.DatasetChanged"/>.</param>
    /// <param name="selection">What the mirror is to hold.</param>
    /// <param name="there">Whether a release is there whole, or was taken back.</param>
    public Act Apply(Change change, Selection selection, Func<ReleaseId, bool> there)
    {
        if (change.Type == ChangeType.DatasetChanged)
        {
            return Act.Nothing;
        }
        ReleaseId release = new(change.Dataset, change.Edition!, change.Revision!.Value);
        switch (change.Type)
        {
            case ChangeType.Published:
                return selection.MayWant(release) && !there(release) && _fetch.TryAdd(release, change.Serial) ? Act.Fetch : Act.Nothing;
            case ChangeType.Superseded when selection.KeepSuperseded || !selection.Wants(release.Dataset):
                return Act.Nothing;
            case ChangeType.Superseded:
                ReleaseId by = release with { Revision = change.By!.Value };
                foreach (ReleaseId older in _fetch.ContainsKey(by) ? Waiting(release) : [])
                {
                    _remove[older] = (by, _remove[older].Serial); // A correction of a correction.
                }
                if (!_fetch.Remove(release) && _fetch.ContainsKey(by))
                {
                    _remove[release] = (by, change.Serial); // What is replaced stays until its replacement is whole.
                    return Act.Nothing;
                }
                return Act.Remove;
            default:
                _fetch.Remove(release);
                _remove.Remove(release);
                return Act.Withdraw;
        }
    }

    /// <summary>A release was fetched, or was removed or withdrawn and will never be.</summary>
    /// <returns>Those that waited for it and are to be removed now. They stay on the list until <see cref="Removed"/>.</returns>
    public IReadOnlyList<ReleaseId> Settle(ReleaseId release)
    {
        _fetch.Remove(release);
        return Waiting(release);
    }

    private List<ReleaseId> Waiting(ReleaseId by) => [.. _remove.Where(r => r.Value.By == by).Select(r => r.Key)];

    /// <summary>What was replaced is gone.</summary>
    public void Removed(ReleaseId release) => _remove.Remove(release);

    /// <summary>Takes all releases of a dataset off the list.</summary>
    /// <returns>The lowest serial among them, and its release; null where there were none.</returns>
    public (long Serial, ReleaseId Release)? Drop(string dataset)
    {
        (long Serial, ReleaseId Release)? first = null;
        foreach ((ReleaseId release, long serial) in _fetch.Where(f => f.Key.Dataset == dataset).ToList())
        {
            _fetch.Remove(release);
            first = first is { } other && other.Serial < serial ? first : (serial, release);
        }
        return first;
    }
}
