using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OpenData.Server.Database;
using OpenData.Server.Releases;
using OpenData.Server.Releases.Scrubbing;
using OpenData.Server.Storage;

namespace OpenData.Tests.Releases.Scrubbing;

/// <summary>One process's objects that read and repair stored files.</summary>
internal sealed class ScrubNode : IDisposable
{
    private readonly StoredFileCheck _check;

    public ScrubNode(SqlDatabase sql, BlobStore store, SecondStore? second = null, TimeProvider? time = null)
    {
        Time = time ?? TimeProvider.System;
        Second = second ?? new NoSecondStore();
        ReleaseQueries queries = new(sql);
        Ledger = new ScrubLedger(sql, Time);
        _check = new StoredFileCheck(store, queries);
        Metrics = new ScrubMetrics(new Meters());
        Scrub = new Scrub(Ledger, _check, new FileRepair(sql, store, Second, queries), Metrics, Time, NullLogger<Scrub>.Instance);
    }

    public TimeProvider Time { get; }

    public SecondStore Second { get; }

    public ScrubLedger Ledger { get; }

    public ScrubMetrics Metrics { get; }

    public Scrub Scrub { get; }

    public ScrubService Service(ScrubOptions options) => new(Ledger, Scrub, Metrics, Second, Options.Create(options), Time, NullLogger<ScrubService>.Instance);

    /// <summary>Reads every file to its end.</summary>
    public async Task<Dictionary<string, ScrubOutcome>> RunAsync(bool repair = false)
    {
        Dictionary<string, ScrubOutcome> outcomes = [];
        foreach (ScrubbedFile file in await Ledger.PageAsync(null, null, null, 1000, CancellationToken.None))
        {
            outcomes.Add(file.Edition + "/" + file.Name, await Scrub.RunAsync(file with { Position = 0 }, new ScrubThrottle(Time), repair, null, CancellationToken.None));
        }
        return outcomes;
    }

    public async Task<ScrubbedFile> FindAsync(string name) =>
        (await Ledger.PageAsync(null, null, null, 1000, CancellationToken.None)).Single(file => file.Name == name);

    public void Dispose() => _check.Dispose();

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}

/// <summary>A second store that tells what was asked of it.</summary>
internal sealed class WatchedSecondStore(SecondStore inner) : SecondStore
{
    public override string Place => inner.Place;

    public ConcurrentQueue<(string Name, long Offset, long Length)> Asked { get; } = [];

    /// <summary>Done before each answer.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    public override async Task<Stream?> OpenAsync(BlobKey key, long offset, long length, CancellationToken stop)
    {
        Asked.Enqueue((Path.GetFileName(key.Path), offset, length));
        await Before();
        return await inner.OpenAsync(key, offset, length, stop);
    }
}
