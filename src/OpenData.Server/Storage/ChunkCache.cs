using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace OpenData.Server.Storage;

/// <summary>
/// A folder on this machine that keeps parts of blobs of a remote store, so that an archive that a hundred mirrors want is read from the store once. It has
/// a file for each blob, of the blob's full length; chunks of 4 MiB are filled in when somebody first needs them.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>It promises nothing about what is in a file when it is opened: whoever reads compares each block with its checksum, and has one that is not right fetched
/// (<see cref="CachedBlob.FetchAsync"/>). So it may be killed at any instruction, be full of holes or deleted, and keeps what it has over a restart without any record.</item>
/// <item>Room for the whole file is taken from the disk when it is made: a chunk never meets a full disk.</item>
/// <item>Beyond the capacity the files that nobody reads go, the least lately used first. If all are being read, a further blob is not cached.</item>
/// <item>The folder belongs to one process.</item>
/// </list>
/// </remarks>
public sealed partial class ChunkCache : IDisposable
{
    /// <summary>Bytes of a chunk: a piece of the manifest.</summary>
    public const int ChunkLength = 4 * 1024 * 1024;

    /// <summary>Chunks that are read from the store at a time, and so the memory that it takes: 16 of 4 MiB.</summary>
    private const int MaxReadings = 16;

    private readonly string _folder;
    private readonly long _capacity;
    private readonly TimeProvider _time;
    private readonly ILogger<ChunkCache> _log;
    private readonly FileStream _owned;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _idle = [];
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _readings = new(MaxReadings);
    private readonly ConcurrentBag<byte[]> _buffers = [];
    private long _used;
    private long _fetched;

    private ChunkCache(string folder, long capacity, FileStream owned, TimeProvider time, ILogger<ChunkCache> log)
    {
        (_folder, _capacity, _owned, _time, _log) = (folder, capacity, owned, time, log);
        foreach (FileInfo file in new DirectoryInfo(Path.Combine(folder, "blobs")).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.LastWriteTimeUtc))
        {
            Entry entry = new(Path.GetRelativePath(Path.Combine(folder, "blobs"), file.FullName), file.Length);
            _entries.Add(entry.Name, entry);
            entry.Place = _idle.AddLast(entry);
            _used += entry.Bytes;
        }
        lock (_lock)
        {
            Evict();
        }
    }

    /// <summary>Bytes that its files take.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Bytes that were read from the store since the start.</summary>
    public long Fetched => Interlocked.Read(ref _fetched);

    /// <summary>Opens the folder; makes it if it is not there.</summary>
    /// <param name="folder">Belongs to this process alone.</param>
    /// <param name="capacity">Most bytes of its files.</param>
    /// <param name="time">Tells when a file was used.</param>
    /// <param name="log">Told of files that cannot be used.</param>
    /// <exception cref="BlobStoreUnavailableException">It cannot be written, or another process has it.</exception>
    public static ChunkCache Open(string folder, long capacity, TimeProvider time, ILogger<ChunkCache> log)
    {
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "blobs"));
            FileStream owned = new(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new ChunkCache(folder, capacity, owned, time, log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreUnavailableException(
                folder, $"it is the cache of this gateway ({StorageOptions.Section}:Cache:Path), which must be writable and its own: {e.Message}", e);
        }
    }

    /// <summary>The cache's file of a blob; null where there is no room for it: read the store.</summary>
    /// <param name="key">The blob.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="store">Where its bytes come from.</param>
    public CachedBlob? TryOpen(BlobKey key, long bytes, BlobStore store)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key.Path, out Entry? entry) && entry.Bytes != bytes)
            {
                Forget(entry);
                entry = null;
            }
            if (entry is null && !TryAdd(key.Path, bytes, out entry))
            {
                return null;
            }
            string path = PathOf(entry);
            try
            {
                if (entry.Place is { } place)
                {
                    _idle.Remove(place);
                    entry.Place = null;
                }
                CachedBlob blob = new(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), key, bytes, store, this, entry);
                entry.Readers++;
                return blob;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogUnusable(e, path);
                Forget(entry);
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _owned.Dispose();
        _readings.Dispose();
    }

    /// <summary>A buffer for one chunk, when it is its turn.</summary>
    internal async Task<byte[]> RentAsync()
    {
        await _readings.WaitAsync();
        return _buffers.TryTake(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(ChunkLength);
    }

    internal void Return(byte[] buffer)
    {
        _buffers.Add(buffer);
        _readings.Release();
    }

    internal void Count(long fetched) => Interlocked.Add(ref _fetched, fetched);

    internal void Close(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Readers == 0)
            {
                if (entry.IsForgotten)
                {
                    _used -= entry.Bytes; // the disk has it back only now
                }
                else
                {
                    entry.Place = _idle.AddLast(entry);
                    Stamp(PathOf(entry));
                    Evict();
                }
            }
        }
    }

    private string PathOf(Entry entry) => Path.Combine(_folder, "blobs", entry.Name);

    private bool TryAdd(string name, long bytes, [NotNullWhen(true)] out Entry? entry)
    {
        entry = null;
        long idle = _idle.Sum(other => other.Bytes);
        if (_used - idle + bytes > _capacity)
        {
            return false;
        }
        Evict(bytes);
        entry = new Entry(name, bytes);
        string path = PathOf(entry);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, preallocationSize: bytes))
            {
                // Its room is taken, its bytes are not there yet.
            }
            using (FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            {
                file.SetLength(bytes);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnusable(e, path);
            Delete(path);
            entry = null;
            return false;
        }
        _entries.Add(name, entry);
        _used += bytes;
        return true;
    }

    /// <summary>Makes room for so many bytes.</summary>
    private void Evict(long bytes = 0)
    {
        while (_used + bytes > _capacity && _idle.First is { } oldest)
        {
            Forget(oldest.Value);
        }
    }

    /// <summary>Those who read it keep what they have.</summary>
    private void Forget(Entry entry)
    {
        _entries.Remove(entry.Name);
        entry.IsForgotten = true;
        if (entry.Place is { } place)
        {
            _idle.Remove(place);
            entry.Place = null;
        }
        if (entry.Readers == 0)
        {
            _used -= entry.Bytes;
        }
        Delete(PathOf(entry));
    }

    /// <summary>The order of use outlives the process in the files' times.</summary>
    private void Stamp(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnusable(e, path);
        }
    }

    private void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnusable(e, path);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} of the cache cannot be used; its archive is read from the store")]
    private partial void LogUnusable(Exception e, string file);

    /// <summary>A file of the cache. All but the name under the cache's lock.</summary>
    internal sealed class Entry(string name, long bytes)
    {
        public string Name { get; } = name;

        public long Bytes { get; } = bytes;

        public int Readers { get; set; }

        public bool IsForgotten { get; set; }

        /// <summary>Among those that nobody reads.</summary>
        public LinkedListNode<Entry>? Place { get; set; }
    }
}
