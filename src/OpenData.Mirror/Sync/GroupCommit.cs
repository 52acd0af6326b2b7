using System.Threading.Channels;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Releases;

namespace OpenData.Mirror.Sync;

/// <summary>
/// Makes releases durable many at a time: what came while the last group was flushed is the next group. A flush of one file costs a write of the journal, and so
/// does a flush of a hundred at once; small releases by the thousand would otherwise wait for the disk and not for the network. In each group:
/// <list type="number">
/// <item>every file is flushed, then gets its name, but for the manifests;</item>
/// <item>every folder is flushed, up to the root;</item>
/// <item>the manifests get their names and their folders are flushed: where a manifest is, the release is whole, after a power cut too;</item>
/// <item>the releases are entered in the <see cref="ReleaseIndex"/>.</item>
/// </list>
/// </summary>
internal sealed class GroupCommit : IAsyncDisposable
{
    private const int LargestGroup = 128;

    // Threads that wait for the disk, not for the processor.
    private const int Flushers = 12;

    private readonly MirrorFolder _folder;
    private readonly ReleaseIndex _index;
    private readonly Channel<Request> _requests = Channel.CreateUnbounded<Request>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _loop;

    public GroupCommit(MirrorFolder folder, ReleaseIndex index)
    {
        (_folder, _index) = (folder, index);
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(Math.Max(workers, Flushers + 4), ports);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Returns when the release is whole on disk. It cannot be cancelled: it is a matter of milliseconds and its outcome must be known.</summary>
    /// <exception cref="MirrorException">The disk is full, read-only or broken; files of the release may have their names, its manifest has not.</exception>
    public Task CommitAsync(StagedRelease release)
    {
        Request request = new(release);
        _requests.Writer.TryWrite(request);
        return request.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _requests.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        List<Request> group = [];
        while (await _requests.Reader.WaitToReadAsync())
        {
            group.Clear();
            while (group.Count < LargestGroup && _requests.Reader.TryRead(out Request? request))
            {
                group.Add(request);
            }
            Commit(group);
        }
    }

    private void Commit(List<Request> group)
    {
        ForAll(group.SelectMany(r => r.Release.Files.Select(f => (Request: r, File: f))), x => x.Request, x => x.File.Flush());
        ForAll(group, r => r, r => Name(r, manifest: false));
        FlushFolders(group, ancestors: true);
        ForAll(group, r => r, r => Name(r, manifest: true));
        FlushFolders(group, ancestors: false);
        ForAll(group.Where(r => r.Fault is null).GroupBy(r => r.Release.Release.Dataset), r => r.First(), g => _index.Add(g.Select(r => r.Release.Release)));
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

    private static void Name(Request request, bool manifest)
    {
        foreach (StagedFile file in request.Release.Files.Where(f => f.Target.EndsWith(Path.DirectorySeparatorChar + Manifest.FileName, StringComparison.Ordinal) == manifest))
        {
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
            if (owner(item).Fault is not null)
            {
                return;
            }
            try
            {
                act(item);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or MirrorException)
            {
                owner(item).Fault = e;
                failed?.Invoke(e);
            }
        });

    private sealed class Request(StagedRelease release)
    {
        public StagedRelease Release => release;

        public Exception? Fault { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
