using System.Collections.Concurrent;
using OpenData.Server.Gateway;

namespace OpenData.Server.Feeds;

/// <summary>Indexes of many thousand lists, kept as they were written until the feed has something new: they are long, and asked for more often than they change.</summary>
internal sealed class FeedIndexes
{
    private const int MostRoots = 16; // a host may be reached by several names, but not by any number of them

    private readonly ConcurrentDictionary<(string Name, string Root), (long Head, TaggedDocument Document)> _kept = new();

    /// <summary>The index as of this serial.</summary>
    public TaggedDocument Of(string name, string root, long head, Func<TaggedDocument> write)
    {
        if (_kept.TryGetValue((name, root), out (long Head, TaggedDocument Document) kept) && kept.Head == head)
        {
            return kept.Document;
        }
        TaggedDocument made = write();
        if (_kept.Count >= MostRoots)
        {
            _kept.Clear();
        }
        _kept[(name, root)] = (head, made);
        return made;
    }
}
