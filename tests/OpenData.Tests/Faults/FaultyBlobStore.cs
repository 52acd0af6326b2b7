using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using OpenData.Server.Storage;

namespace OpenData.Tests.Faults;

/// <summary>A store each of whose effects can go wrong. What a dead process had begun is left as it is: nobody cleans up.</summary>
internal sealed class FaultyBlobStore(BlobStore inner, FaultPlan plan) : BlobStore
{
    public override string Place => inner.Place;

    public override Task ProbeAsync(CancellationToken stop) => inner.ProbeAsync(stop);

    public override Task<BlobWriter> CreateAsync(BlobKey key, CancellationToken stop) => plan.RunAsync<BlobWriter>(
        $"create {Name(key)}", async () => new Writer(await inner.CreateAsync(key, stop), Name(key), plan));

    public override Task<BlobReader?> OpenAsync(BlobKey key, CancellationToken stop) => plan.RunAsync<BlobReader?>(
        $"open {Name(key)}", async () => await inner.OpenAsync(key, stop) is { } reader ? new Reader(reader, Name(key), plan) : null);

    public override async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken stop)
    {
        await plan.RunAsync("list", () => Task.CompletedTask);
        await foreach (BlobInfo blob in inner.ListAsync(prefix, stop))
        {
            plan.ThrowIfDead();
            yield return blob;
        }
    }

    public override Task DeleteAsync(BlobKey key, CancellationToken stop) => plan.RunAsync($"delete {Name(key)}", () => inner.DeleteAsync(key, stop));

    private static string Name(BlobKey key)
    {
        string name = Path.GetFileName(key.Path);
        return name.Contains('_') ? name[name.IndexOf('_')..] : name;
    }

    private sealed class Writer(BlobWriter inner, string name, FaultPlan plan) : BlobWriter
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken stop) =>
            await plan.RunAsync($"write {name}", () => inner.WriteAsync(data, stop).AsTask());

        public override Task CommitAsync(CancellationToken stop) => plan.RunAsync($"commit {name}", () => inner.CommitAsync(stop));

        public override ValueTask DisposeAsync() => plan.IsDead ? ValueTask.CompletedTask : inner.DisposeAsync();
    }

    private sealed class Reader(BlobReader inner, string name, FaultPlan plan) : BlobReader
    {
        public override long Bytes => inner.Bytes;

        public override SafeFileHandle? File => inner.File;

        public override Task<Stream> ReadAsync(long offset, long length, CancellationToken stop) =>
            plan.RunAsync($"read {name}", () => inner.ReadAsync(offset, length, stop));

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
