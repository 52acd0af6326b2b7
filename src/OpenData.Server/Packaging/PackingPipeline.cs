using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using OpenData.Format;
using OpenData.Server.Packaging.Deflate;
using OpenData.Server.Packaging.Inspection;
using OpenData.Server.Sources;

namespace OpenData.Server.Packaging;

/// <summary>
/// Reads and compresses a delivery on all workers and hands out the parts in the order of the plan. What is cut into which part depends on
/// the plan alone, so the number of workers does not change a byte. Memory is bounded by tickets: a part takes as many as it has input, and
/// gives them back when it was consumed.
/// </summary>
internal sealed class PackingPipeline(PackagePlan plan, Delivery delivery, DeflateEngine engine, int level, int workers, bool inspect, PackagingProgress progress)
{
    /// <summary>Larger entries are streamed in blocks. Part of the format: the bytes of an archive depend on it.</summary>
    public const int BufferedEntryLimit = 4 * 1024 * 1024;

    /// <summary>Input of a block of a streamed entry: what comes out fits into a pooled buffer of 1 MiB. Part of the format as well.</summary>
    public const int BlockLength = 1000 * 1024;

    private const int EntriesInPart = 16;
    private const int BytesInPart = 240 * 1024;
    private const int BytesOfTicket = 256 * 1024;
    private const int TicketsOfWorker = 16;

    private readonly Channel<Job> _inOrder = Channel.CreateUnbounded<Job>();
    private readonly BlockingCollection<Job> _waiting = [];
    private readonly BufferPool _buffers = new();
    private readonly int _allTickets = workers * TicketsOfWorker;

    /// <summary>The parts, in order.</summary>
    /// <exception cref="DeliveryChangedException">A file is not as it was listed.</exception>
    public async IAsyncEnumerable<PackedPart> RunAsync([EnumeratorCancellation] CancellationToken stop)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using SemaphoreSlim tickets = new(_allTickets);
        Task reading = Task.Run(() => PlanPartsAsync(tickets, over.Token), CancellationToken.None);
        Task[] working = [.. Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(
            () => Work(over.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        try
        {
            await foreach (Job job in _inOrder.Reader.ReadAllAsync(over.Token))
            {
                byte[] output = await job.Done.Task.WaitAsync(over.Token);
                yield return job.Part;
                _buffers.Return(output);
                tickets.Release(job.Tickets);
            }
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll([reading, .. working]).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            _waiting.Dispose();
        }
    }

    private async Task PlanPartsAsync(SemaphoreSlim tickets, CancellationToken stop)
    {
        try
        {
            for (int v = 0; v < plan.Volumes.Count; v++)
            {
                PlannedVolume volume = plan.Volumes[v];
                int end = volume.First + volume.Count;
                for (int entry = volume.First; entry < end;)
                {
                    if (plan.Size(entry) > BufferedEntryLimit)
                    {
                        await StreamAsync(entry, v, tickets, stop);
                        entry++;
                        continue;
                    }
                    (int count, long bytes) = (0, 0);
                    while (entry + count < end && count < EntriesInPart && plan.Size(entry + count) <= BufferedEntryLimit
                        && (count == 0 || bytes + plan.Size(entry + count) <= BytesInPart))
                    {
                        bytes += plan.Size(entry + count++);
                    }
                    await EnqueueAsync(new Job(new PackedEntries(entry, count) { Volume = v }, TicketsFor(bytes)), tickets, stop);
                    entry += count;
                }
            }
            _inOrder.Writer.Complete();
        }
        catch (Exception failure)
        {
            _inOrder.Writer.Complete(failure); // whoever reads the parts gets it after the parts before it
        }
        finally
        {
            _waiting.CompleteAdding();
        }
    }

    private async Task StreamAsync(int entry, int volume, SemaphoreSlim tickets, CancellationToken stop)
    {
        DeliveryFile file = new(plan.Name(entry), plan.Size(entry));
        await using Stream stream = await delivery.OpenAsync(file, stop);
        using IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Crc32 crc = new();
        StreamInspection? inspection = inspect ? new StreamInspection(file.Name, file.Size) : null;
        bool store = false;
        for (long at = 0; at < file.Size; at += BlockLength)
        {
            int wanted = (int)Math.Min(BlockLength, file.Size - at);
            await TakeAsync(tickets, TicketsFor(wanted), stop);
            byte[] block = _buffers.Rent(wanted);
            int read = await stream.ReadAtLeastAsync(block.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, stop);
            if (read < wanted)
            {
                throw new DeliveryChangedException(file.Name, $"it has {at + read} bytes and was listed with {file.Size}");
            }
            sha256.AppendData(block, 0, wanted);
            crc.Append(block.AsSpan(0, wanted));
            progress.AddBytes(wanted);
            store = at == 0 ? Compressibility.IsCompressedFormat(block.AsSpan(0, wanted)) : store;
            bool last = at + wanted == file.Size;
            if (last && await stream.ReadAsync(new byte[1], stop) > 0)
            {
                throw new DeliveryChangedException(file.Name, $"it has more than the {file.Size} bytes it was listed with");
            }
            inspection?.Append(block.AsSpan(0, wanted), last);
            PackedBlock part = new()
            {
                Volume = volume,
                Findings = last && inspection is not null ? inspection.Findings : [],
                Entry = entry,
                IsFirst = at == 0,
                Last = last ? (crc.GetCurrentHashAsUInt32(), Sha256Digest.FinishAndReset(sha256)) : null,
            };
            Enqueue(new Job(part, TicketsFor(wanted)) { Block = block, BlockLength = wanted, Store = store });
        }
        progress.AddEntry();
    }

    private int TicketsFor(long bytes) => (int)Math.Min(_allTickets, 1 + bytes / BytesOfTicket);

    private async Task EnqueueAsync(Job job, SemaphoreSlim tickets, CancellationToken stop)
    {
        await TakeAsync(tickets, job.Tickets, stop);
        Enqueue(job);
    }

    // Only one task takes tickets, so it may take them one by one.
    private static async Task TakeAsync(SemaphoreSlim tickets, int count, CancellationToken stop)
    {
        for (int i = 0; i < count; i++)
        {
            await tickets.WaitAsync(stop);
        }
    }

    private void Enqueue(Job job)
    {
        _waiting.Add(job);
        _inOrder.Writer.TryWrite(job);
    }

    private void Work(CancellationToken stop)
    {
        using EntryPacker packer = new(plan, delivery, engine, level, _buffers, inspect ? new Inspector() : null, progress, stop);
        foreach (Job job in _waiting.GetConsumingEnumerable(stop))
        {
            try
            {
                job.Done.SetResult(job.Part switch
                {
                    PackedEntries entries => packer.Pack(entries),
                    PackedBlock block => packer.Pack(block, job.Block.AsSpan(0, job.BlockLength), job.Store),
                    _ => throw new NotSupportedException(job.Part.GetType().Name),
                });
            }
            catch (Exception failure)
            {
                job.Done.SetException(failure); // thrown where the part is taken; the rest is stopped from there
            }
            if (job.Block is not null)
            {
                _buffers.Return(job.Block);
            }
        }
    }

    private sealed class Job(PackedPart part, int tickets)
    {
        public PackedPart Part => part;

        public int Tickets => tickets;

        public byte[]? Block { get; init; }

        public int BlockLength { get; init; }

        public bool Store { get; init; }

        public TaskCompletionSource<byte[]> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
