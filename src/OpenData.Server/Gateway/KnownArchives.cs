using System.Collections.Concurrent;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway;

/// <summary>
/// What the database has of the archives that are asked for just now: manifests and checksums, which never change once they are published, and are
/// as long as they are read often. A thousand clients that come for one archive at the same time cost one reading.
/// </summary>
public sealed class KnownArchives(ReleaseQueries releases)
{
    /// <summary>Kept archives, and bytes of checksums in them. Beyond either all are dropped: what is asked for is soon there again.</summary>
    private const int MostArchives = 4096;
    private const long MostBytes = 32 << 20;

    private readonly ConcurrentDictionary<(ReleaseId Release, string Name), Lazy<Task<PackagedArchive?>>> _known = [];
    private long _bytes;

    /// <summary>A volume's part of the manifest and the checksums of its blocks.</summary>
    public async ValueTask<PackagedArchive?> FindAsync(ReleaseId release, string name, CancellationToken stop)
    {
        if (_known.Count >= MostArchives || Volatile.Read(ref _bytes) >= MostBytes)
        {
            _known.Clear();
            Volatile.Write(ref _bytes, 0);
        }
        // Not with the first caller's token: others wait for the same answer.
        return await _known.GetOrAdd((release, name), address => new(() => ReadAsync(address.Release, address.Name))).Value.WaitAsync(stop);
    }

    private async Task<PackagedArchive?> ReadAsync(ReleaseId release, string name)
    {
        PackagedArchive? archive = null;
        try
        {
            archive = await releases.ArchiveAsync(release, name, CancellationToken.None);
            Interlocked.Add(ref _bytes, archive?.Blocks.Length ?? 0);
            return archive;
        }
        finally
        {
            if (archive is null)
            {
                _known.TryRemove((release, name), out _); // what failed is asked for again
            }
        }
    }
}
