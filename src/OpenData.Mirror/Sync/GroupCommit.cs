using System.Threading.Channels;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>
/// Makes releases durable many at a time: what came while the last group was flushed is the next group. In each group:
/// <list type="number">
/// <item>every file is flushed, then gets its name, but for the manifests;</item>
/// <item>every folder is flushed, up to the root;</item>
/// <item>the manifests get their names and their folders are flushed: where a manifest is, the release is whole, after a power cut too;</item>
/// <item>the releases are entered in the <see cref="ReleaseIndex"/>.</item>
/// </list>
/// Where many files come together they are flushed with their whole file system (<see cref="FileSystemSync"/>): small releases by the thousand would otherwise
/// wait for the disk and not for the network. Few are flushed one by one, since what others write to the same disk is not theirs to wait for.
/// </summary>
internal sealed class GroupCommit : IAsyncDisposable
{
    private const int LargestGroup = 128;

    // Small releases come every few milliseconds; a group waits so long for company, unless this many are there.
    private static readonly TimeSpan s_gathering = TimeSpan.FromMilliseconds(150);
    private const int Enough = 16;

    // Files of one dataset in a group from which on they are flushed together.
    private const int Many = 24;

    // Threads that wait for the disk, not for the processor.
    private const int Flushers = 12;

    private readonly MirrorFolder _folder;
    private readonly ReleaseIndex _index;
    private readonly TimeProvider _time;
    private readonly Channel<Request> _requests = Channel.CreateUnbounded<Request>();
    private readonly Lock _gate = new();

    // Null: fsync from now on. A file system that failed once tells nothing more of what was lost then.
    private readonly Dictionary<string, FileSystemSync?> _systems = new(StringComparer.Ordinal);
    private readonly Task _loop;

    public GroupCommit(MirrorFolder folder, ReleaseIndex index, TimeProvider time)
    {
        (_folder, _index, _time) = (folder, index, time);
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(Math.Max(workers, Flushers + 4), ports);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Begins to write a release's small files aside; makes its folder.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken.</exception>
    public StagedRelease Stage(ReleaseId release, DateTimeOffset modifiedAt)
    {
        _folder.MakeRelease(release);
        lock (_gate)
        {
            if (!_systems.ContainsKey(release.Dataset))
            {
                _systems[release.Dataset] = FileSystemSync.TryOpen(Path.Combine(_folder.Root, release.Dataset));
            }
        }
        return new StagedRelease(_folder, release, modifiedAt);
    }

    /// <summary>Returns when the release is whole on disk. It cannot be cancelled: it is a matter of milliseconds and its outcome must be known.</summary>
    /// <exception cref="MirrorException">The disk is full, read-only or broken; files of the release may have their names, its manifest has not.</exception>
    public async Task CommitAsync(StagedRelease release)
    {
        Request request = new(release);
        _requests.Writer.TryWrite(request);
        if (await Task.WhenAny(request.Done.Task, _loop) == _loop)
        {
            await _loop; // A fault of ours; nobody must wait for ever.
        }
        await request.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _requests.Writer.TryComplete();
        await _loop;
        foreach (FileSystemSync? system in _systems.Values)
        {
            system?.Dispose();
        }
    }

    private async Task RunAsync()
    {
        List<Request> group = [];
        while (await _requests.Reader.WaitToReadAsync())
        {
            group.Clear();
            if (_requests.Reader.Count < Enough)
            {
                await Task.Delay(s_gathering, _time);
            }
            while (group.Count < LargestGroup && _requests.Reader.TryRead(out Request? request))
            {
                group.Add(request);
            }
            foreach (IGrouping<string, Request> dataset in group.GroupBy(r => r.Release.Release.Dataset))
            {
                Commit([.. dataset]);
            }
        }
    }

    private void Commit(List<Request> group)
    {
        string dataset = group[0].Release.Release.Dataset;
        FileSystemSync? system;
        lock (_gate)
        {
            system = group.Sum(r => r.Release.Files.Count) >= Many ? _systems[dataset] : null;
        }
        if (system is not null)
        {
            CommitTogether(group, system, dataset);
        }
        else
        {
            CommitEach(group);
        }
        List<ReleaseId> whole = [.. group.Where(r => r.Fault is null).Select(r => r.Release.Release)];
        Try(group, () => _index.Add(whole));
        foreach (Request request in group)
        {
            if (request.Fault is { } fault)
            {
                request.Done.SetException(DiskFailure.Of(fault, request.Release.Folder));
            }
            else
            {
                request.Done.SetResult();
            }
        }
    }

    private void CommitTogether(List<Request> group, FileSystemSync system, string dataset)
    {
        try
        {
            system.Flush();
            NameAll(manifests: false);
            system.Flush();
            NameAll(manifests: true);
            system.Flush();
        }
        catch (IOException e)
        {
            lock (_gate)
            {
                _systems[dataset] = null;
            }
            system.Dispose();
            foreach (Request request in group)
            {
                request.Fault ??= e;
                Try([request], () => request.Release.Discard());
            }
        }

        void NameAll(bool manifests)
        {
            foreach (Request request in group.Where(r => r.Fault is null))
            {
                Try([request], () => Name(request, manifests));
            }
        }
    }

    private void CommitEach(List<Request> group)
    {
        ForAll(group.SelectMany(r => r.Release.Files.Select(f => (Request: r, File: f))), x => x.Request, x => x.File.Flush());
        ForAll(group, r => r, r => Name(r, manifest: false));
        FlushFolders(group, ancestors: true);
        ForAll(group, r => r, r => Name(r, manifest: true));
        FlushFolders(group, ancestors: false);
    }

    private static void Name(Request request, bool manifest)
    {
        foreach (StagedFile file in request.Release.Files.Where(f => f.IsManifest == manifest))
        {
            file.Dispose();
            file.Name();
        }
    }

    private void FlushFolders(List<Request> group, bool ancestors)
    {
        Dictionary<string, Request> folders = new(StringComparer.Ordinal);
        foreach (Request request in group.Where(r => r.Fault is null))
        {
            for (string folder = request.Release.Folder; folders.TryAdd(folder, request) && ancestors && folder != _folder.Root; folder = Path.GetDirectoryName(folder)!)
            {
            }
        }
        // Where a folder that several share cannot be flushed, none of them is safe.
        ForAll(folders, f => f.Value, f => FileSync.FlushFolder(f.Key), e => group.ForEach(r => r.Fault ??= e));
    }

    private static void ForAll<T>(IEnumerable<T> items, Func<T, Request> owner, Action<T> act, Action<Exception>? failed = null) => Parallel.ForEach(
        items,
        new ParallelOptions { MaxDegreeOfParallelism = Flushers },
        item =>
        {
            if (owner(item).Fault is null && Try([owner(item)], () => act(item)) is { } fault)
            {
                failed?.Invoke(fault);
            }
        });

    /// <summary>What fails is the fault of these releases.</summary>
    private static Exception? Try(IReadOnlyList<Request> owners, Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MirrorException)
        {
            foreach (Request owner in owners)
            {
                owner.Fault ??= e;
            }
            return e;
        }
    }

    private sealed class Request(StagedRelease release)
    {
        public StagedRelease Release => release;

        public Exception? Fault { get; set; }

        // Who waited goes on here, one after another, and asks for its next release: to wake a thread of the pool for each takes longer than what each has to do.
        public TaskCompletionSource Done { get; } = new();
    }
}
