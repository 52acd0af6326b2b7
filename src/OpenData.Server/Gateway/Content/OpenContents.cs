using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway.Content;

/// <summary>
/// The stored files that are open. All downloads of a file share one handle; files that nobody reads stay open up to a bound, the least lately
/// used is closed first. A file in which a wrong byte was found is in quarantine for a while, and is checked afresh after it; one that is known to be
/// bad is refused until it is known to be good.
/// </summary>
public sealed partial class OpenContents(BlobStore store, IOptions<GatewayOptions> options, TimeProvider time, ILogger<OpenContents> log, ChunkCache? cache = null) : IAsyncDisposable
{
    private readonly Dictionary<BlobKey, Entry> _open = [];
    private readonly LinkedList<Entry> _idle = [];
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<BlobKey, DateTimeOffset> _quarantine = [];
    private readonly ConcurrentDictionary<BlobKey, bool> _refused = [];
    private bool _disposed;

    /// <summary>Raised with a file that is not there or not what was published, and why: somebody should read all of it.</summary>
    public event Action<BlobKey, string>? Doubted;

    /// <summary>True while the file must not be handed out.</summary>
    public bool IsQuarantined(BlobKey key)
    {
        if (_refused.ContainsKey(key))
        {
            return true;
        }
        if (!_quarantine.TryGetValue(key, out DateTimeOffset until))
        {
            return false;
        }
        if (time.GetUtcNow() < until)
        {
            return true;
        }
        _quarantine.TryRemove(new KeyValuePair<BlobKey, DateTimeOffset>(key, until));
        return false;
    }

    /// <summary>The file is known to be bad: it is handed out no more until <see cref="Admit"/>.</summary>
    public void Refuse(BlobKey key)
    {
        _refused[key] = true;
        Forget(key);
    }

    /// <summary>The file is known to be good, perhaps with new bytes: it is opened and checked afresh.</summary>
    public void Admit(BlobKey key)
    {
        Forget(key);
        _quarantine.TryRemove(key, out _);
        _refused.TryRemove(key, out _);
    }

    /// <summary>Opens a file, or shares it with those who have it open; null where the store has none.</summary>
    /// <exception cref="CorruptContentException">Its size is wrong.</exception>
    public async Task<Lease?> OpenAsync(StoredContent stored, CancellationToken stop)
    {
        while (true)
        {
            Entry entry = Hold(stored);
            try
            {
                OpenContent? content = await entry.Opening.Value.WaitAsync(stop);
                if (content is not null)
                {
                    return new Lease(this, entry, content);
                }
                Drop(entry);
                return null;
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                Drop(entry); // whoever began to open it gave up; we have not
            }
            catch (OperationCanceledException)
            {
                Release(entry);
                throw;
            }
            catch
            {
                Drop(entry);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<Entry> close;
        lock (_lock)
        {
            _disposed = true;
            close = [.. _idle];
            _idle.Clear();
            close.ForEach(entry => _open.Remove(entry.Stored.Key));
        }
        foreach (Entry entry in close)
        {
            await CloseAsync(entry);
        }
    }

    private Entry Hold(StoredContent stored)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_open.TryGetValue(stored.Key, out Entry? entry))
            {
                entry = new Entry(stored, OpenNowAsync);
                _open.Add(stored.Key, entry);
            }
            else if (entry.Place is { } place)
            {
                _idle.Remove(place);
                entry.Place = null;
            }
            entry.Holders++;
            return entry;
        }
    }

    private async Task<OpenContent?> OpenNowAsync(StoredContent stored)
    {
        // Not with the first caller's token: others wait for the same opening.
        BlobReader? reader = stored.Blocks.IsEmpty ? null : cache?.TryOpen(stored.Key, stored.Bytes, store);
        reader ??= await store.OpenAsync(stored.Key, CancellationToken.None);
        if (reader is null)
        {
            Doubted?.Invoke(stored.Key, "it is not there");
            return null;
        }
        try
        {
            return new OpenContent(stored, reader, options.Value.RecheckInterval, time, Quarantine);
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    private void Quarantine(CorruptContentException e)
    {
        _quarantine[e.Key] = time.GetUtcNow() + options.Value.Quarantine;
        LogCorrupt(e, e.Key.Path, store.Place, options.Value.Quarantine);
        Forget(e.Key);
        Doubted?.Invoke(e.Key, e.Message);
    }

    /// <summary>The next one who opens the file opens it afresh; those who have it open keep what they have.</summary>
    private void Forget(BlobKey key)
    {
        Entry? close = null;
        lock (_lock)
        {
            if (_open.Remove(key, out Entry? entry))
            {
                entry.Forgotten = true;
                if (entry.Place is { } place)
                {
                    _idle.Remove(place);
                    entry.Place = null;
                    close = entry;
                }
            }
        }
        if (close is not null)
        {
            _ = CloseAsync(close);
        }
    }

    private void Release(Entry entry)
    {
        List<Entry> close = [];
        lock (_lock)
        {
            if (--entry.Holders > 0)
            {
                return;
            }
            if (entry.Forgotten || _disposed)
            {
                if (!entry.Forgotten)
                {
                    _open.Remove(entry.Stored.Key);
                }
                close.Add(entry);
            }
            else
            {
                entry.Place = _idle.AddLast(entry);
                while (_idle.Count > options.Value.OpenFiles)
                {
                    Entry oldest = _idle.First!.Value;
                    _idle.RemoveFirst();
                    _open.Remove(oldest.Stored.Key);
                    close.Add(oldest);
                }
            }
        }
        foreach (Entry each in close)
        {
            _ = CloseAsync(each);
        }
    }

    private void Drop(Entry entry)
    {
        lock (_lock)
        {
            entry.Forgotten = true;
            if (_open.TryGetValue(entry.Stored.Key, out Entry? current) && current == entry)
            {
                _open.Remove(entry.Stored.Key);
            }
        }
        Release(entry);
    }

    private async Task CloseAsync(Entry entry)
    {
        try
        {
            if (entry.Opening.IsValueCreated && await entry.Opening.Value is { } content)
            {
                await content.CloseAsync();
            }
        }
        catch (Exception e)
        {
            LogCloseFailed(e, entry.Stored.Key.Path);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{File} in {Store} is damaged; it is refused for {Quarantine} and then looked at again")]
    private partial void LogCorrupt(Exception e, string file, string store, TimeSpan quarantine);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} could not be closed")]
    private partial void LogCloseFailed(Exception e, string file);

    /// <summary>A hold on an open file; disposing it lets go.</summary>
    public sealed class Lease : IDisposable
    {
        private readonly OpenContents _all;
        private Entry? _entry;

        internal Lease(OpenContents all, Entry entry, OpenContent content)
        {
            _all = all;
            _entry = entry;
            Content = content;
        }

        /// <summary>The file.</summary>
        public OpenContent Content { get; }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _entry, null) is { } entry)
            {
                _all.Release(entry);
            }
        }
    }

    internal sealed class Entry(StoredContent stored, Func<StoredContent, Task<OpenContent?>> open)
    {
        public StoredContent Stored { get; } = stored;

        public Lazy<Task<OpenContent?>> Opening { get; } = new(() => open(stored));

        // Under the lock:
        public int Holders { get; set; }

        public bool Forgotten { get; set; }

        public LinkedListNode<Entry>? Place { get; set; }
    }
}
