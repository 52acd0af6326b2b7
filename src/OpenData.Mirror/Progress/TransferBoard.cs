using System.Collections.Concurrent;

namespace OpenData.Mirror.Progress;

/// <summary>What is being transferred, for whoever displays it. Written by the downloads, read at leisure; thread-safe.</summary>
internal sealed class TransferBoard
{
    private readonly ConcurrentDictionary<FileProgress, byte> _files = [];
    private long _received;
    private long _there;
    private long _expected;
    private int _filesDone;
    private int _filesExpected;
    private int _waiting;

    /// <summary>Bytes that came over the network in this run.</summary>
    public long BytesReceived => Volatile.Read(ref _received);

    /// <summary>Bytes that are there, received now or before.</summary>
    public long BytesThere => Volatile.Read(ref _there);

    /// <summary>Bytes in all, as far as known.</summary>
    public long BytesExpected => Math.Max(Volatile.Read(ref _expected), BytesThere);

    public int FilesDone => Volatile.Read(ref _filesDone);

    public int FilesExpected => Math.Max(Volatile.Read(ref _filesExpected), FilesDone);

    /// <summary>Releases that wait or are under way, where a command knows of more than it transfers.</summary>
    public int Waiting
    {
        get => Volatile.Read(ref _waiting);
        set => Volatile.Write(ref _waiting, value);
    }

    /// <summary>Files under way, but for those too small to be shown.</summary>
    public IEnumerable<FileProgress> Files => _files.Keys;

    /// <summary>So much is going to come.</summary>
    public void Expect(int files, long bytes)
    {
        Interlocked.Add(ref _filesExpected, files);
        Interlocked.Add(ref _expected, bytes);
    }

    public FileProgress Begin(string name, long bytes)
    {
        FileProgress file = new(this, name, bytes);
        _files[file] = 0;
        return file;
    }

    /// <summary>A small file was on disk already.</summary>
    public void Had(long bytes)
    {
        Count(0, bytes);
        EndSmall();
    }

    /// <summary>A small file is done; nobody saw it begin.</summary>
    public void EndSmall() => Interlocked.Increment(ref _filesDone);

    internal void Count(long received, long there)
    {
        Interlocked.Add(ref _received, received);
        Interlocked.Add(ref _there, there);
    }

    internal void End(FileProgress file)
    {
        if (_files.TryRemove(file, out _))
        {
            Interlocked.Increment(ref _filesDone);
        }
    }
}

/// <summary>One file under way. Thread-safe.</summary>
internal sealed class FileProgress(TransferBoard board, string name, long bytes)
{
    private long _there;
    private long _received;

    public string Name => name;

    public long Bytes => bytes;

    public long BytesThere => Volatile.Read(ref _there);

    /// <summary>Bytes that came over the network in this run.</summary>
    public long BytesReceived => Volatile.Read(ref _received);

    /// <summary>Bytes came.</summary>
    public void Received(int count)
    {
        Interlocked.Add(ref _received, count);
        Interlocked.Add(ref _there, count);
        board.Count(count, count);
    }

    /// <summary>Bytes were on disk already.</summary>
    public void Had(long count)
    {
        Interlocked.Add(ref _there, count);
        board.Count(0, count);
    }

    /// <summary>Bytes turned out wrong.</summary>
    public void Lost(long count) => Had(-count);

    public void End() => board.End(this);
}
