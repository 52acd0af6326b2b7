using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Storage;

/// <summary>What every store promises. One class for each kind of store runs it.</summary>
public abstract class BlobStoreContract
{
    /// <summary>An empty store.</summary>
    protected abstract BlobStore Store { get; }

    /// <summary>What of unfinished writes is left in the store, seen behind its back.</summary>
    protected abstract Task<IReadOnlyList<string>> LeftoversAsync();

    /// <summary>The size at which a store may change its way of writing.</summary>
    protected const int Part = 5 << 20;

    protected static readonly ReleaseId Release = new("CN-PA-TXTS-10-A", "20240102", 1);

    protected static readonly BlobKey Key = BlobKey.Of(Release, "CN-PA-TXTS-10-A_20240102_r1_001.zip");

    protected static byte[] Bytes(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    protected async Task WriteAsync(BlobKey key, byte[] bytes, int step = 1_000_003)
    {
        await using BlobWriter writer = await Store.CreateAsync(key, CancellationToken.None);
        byte[] reused = new byte[step];
        for (int at = 0; at < bytes.Length; at += step)
        {
            int count = Math.Min(step, bytes.Length - at);
            bytes.AsSpan(at, count).CopyTo(reused);
            await writer.WriteAsync(reused.AsMemory(0, count), CancellationToken.None);
            reused.AsSpan().Clear(); // the buffer is the caller's again
        }
        await writer.CommitAsync(CancellationToken.None);
    }

    protected async Task<byte[]?> ReadAsync(BlobKey key)
    {
        await using BlobReader? reader = await Store.OpenAsync(key, CancellationToken.None);
        return reader is null ? null : await ReadAsync(reader, 0, reader.Bytes);
    }

    protected static async Task<byte[]> ReadAsync(BlobReader reader, long offset, long length)
    {
        await using Stream stream = await reader.ReadAsync(offset, length, CancellationToken.None);
        using MemoryStream all = new();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    protected async Task<List<BlobInfo>> ListAsync(string prefix = "")
    {
        List<BlobInfo> blobs = [];
        await foreach (BlobInfo blob in Store.ListAsync(prefix, CancellationToken.None))
        {
            blobs.Add(blob);
        }
        return blobs;
    }

    protected static void ShouldBeSame(byte[]? actual, byte[] expected) =>
        (actual is null ? "nothing" : Convert.ToHexString(SHA256.HashData(actual))).ShouldBe(Convert.ToHexString(SHA256.HashData(expected)));

    [ContractFact]
    public async Task A_probe_of_a_good_store_succeeds_and_leaves_nothing()
    {
        await Store.ProbeAsync(CancellationToken.None);

        (await LeftoversAsync()).ShouldBeEmpty();
        (await ListAsync()).ShouldBeEmpty();
    }

    [ContractFact]
    public async Task Blobs_of_all_sizes_read_back_as_they_were_written()
    {
        foreach (int size in (int[])[0, 1, 4095, Part - 1, Part, Part + 1, 2 * Part, 40_000_000])
        {
            byte[] bytes = Bytes(size, seed: size);
            await WriteAsync(Key, bytes);

            ShouldBeSame(await ReadAsync(Key), bytes);
            (await ListAsync()).ShouldHaveSingleItem().Bytes.ShouldBe(size);
        }
        (await LeftoversAsync()).ShouldBeEmpty();
    }

    [ContractFact]
    public async Task A_blob_is_invisible_until_it_is_committed()
    {
        byte[] bytes = Bytes(2 * Part + 7);
        await using BlobWriter writer = await Store.CreateAsync(Key, CancellationToken.None);
        await writer.WriteAsync(bytes, CancellationToken.None);

        (await Store.OpenAsync(Key, CancellationToken.None)).ShouldBeNull();
        (await ListAsync()).ShouldBeEmpty();

        await writer.CommitAsync(CancellationToken.None);
        ShouldBeSame(await ReadAsync(Key), bytes);
    }

    [ContractFact]
    public async Task A_writer_without_commit_leaves_nothing()
    {
        foreach (int size in (int[])[0, 10, Part + 1, 3 * Part + 1])
        {
            await using (BlobWriter writer = await Store.CreateAsync(Key, CancellationToken.None))
            {
                await writer.WriteAsync(Bytes(size), CancellationToken.None);
            }

            (await Store.OpenAsync(Key, CancellationToken.None)).ShouldBeNull();
            (await LeftoversAsync()).ShouldBeEmpty();
        }
    }

    [ContractFact]
    public async Task A_writer_without_commit_leaves_the_blob_that_was_there()
    {
        byte[] first = Bytes(100);
        await WriteAsync(Key, first);
        await using (BlobWriter writer = await Store.CreateAsync(Key, CancellationToken.None))
        {
            await writer.WriteAsync(Bytes(2 * Part, seed: 2), CancellationToken.None);
        }

        ShouldBeSame(await ReadAsync(Key), first);
    }

    [ContractFact]
    public async Task A_cancelled_write_leaves_nothing()
    {
        using CancellationTokenSource stop = new();
        await using (BlobWriter writer = await Store.CreateAsync(Key, stop.Token))
        {
            await writer.WriteAsync(Bytes(3 * Part), stop.Token);
            await stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(async () => await writer.WriteAsync(Bytes(2 * Part), stop.Token));
            await Should.ThrowAsync<OperationCanceledException>(() => writer.CommitAsync(stop.Token));
        }

        (await Store.OpenAsync(Key, CancellationToken.None)).ShouldBeNull();
        (await LeftoversAsync()).ShouldBeEmpty();
    }

    [ContractFact]
    public async Task A_commit_replaces_a_blob_whole_and_readers_never_mix_versions()
    {
        byte[] before = Bytes(Part + 100, seed: 1), after = Bytes(Part + 100, seed: 2);
        await WriteAsync(Key, before);
        await using BlobReader reader = (await Store.OpenAsync(Key, CancellationToken.None))!;
        byte[] start = await ReadAsync(reader, 0, 50);

        await WriteAsync(Key, after);

        ShouldBeSame(start, before[..50]);
        try
        {
            ShouldBeSame(await ReadAsync(reader, 0, reader.Bytes), before);
        }
        catch (IOException)
        {
            // a store that cannot keep the old bytes fails
        }
        ShouldBeSame(await ReadAsync(Key), after);
    }

    [ContractFact]
    public async Task Any_range_can_be_read_by_many_at_once()
    {
        byte[] bytes = Bytes(2 * Part + 12345);
        await WriteAsync(Key, bytes);
        await using BlobReader reader = (await Store.OpenAsync(Key, CancellationToken.None))!;
        reader.Bytes.ShouldBe(bytes.Length);

        (int Offset, int Length)[] ranges =
        [
            (0, 1), (0, 0), (bytes.Length, 0), (bytes.Length - 1, 1), (Part - 1, 2), (Part, Part),
            .. Enumerable.Range(0, 40).Select(i => (i * 150_001, 300_007)),
        ];
        byte[][] read = await Task.WhenAll(ranges.Select(r => ReadAsync(reader, r.Offset, r.Length)));

        for (int i = 0; i < ranges.Length; i++)
        {
            ShouldBeSame(read[i], bytes.AsSpan(ranges[i].Offset, ranges[i].Length).ToArray());
        }
    }

    [ContractFact]
    public async Task A_range_outside_the_blob_is_refused()
    {
        await WriteAsync(Key, Bytes(10));
        await using BlobReader reader = (await Store.OpenAsync(Key, CancellationToken.None))!;

        foreach ((long offset, long length) in (ValueTuple<long, long>[])[(-1, 1), (0, 11), (11, 0), (10, 1), (0, -1), (5, long.MaxValue)])
        {
            await Should.ThrowAsync<ArgumentOutOfRangeException>(() => reader.ReadAsync(offset, length, CancellationToken.None));
        }
    }

    [ContractFact]
    public async Task Blobs_are_listed_in_ordinal_order_of_their_keys_below_a_prefix()
    {
        string[] keys =
        [
            "datasets/AA-B/20240101/r1/x", "datasets/AA/20240101/r1/x", "datasets/AA/20240101/r10/x", "datasets/AA/20240101/r2/SHA256SUMS",
            "datasets/AA/20240101/r2/SHA256SUMS.sig", "datasets/AA/20240101/r2/a_001.zip", "datasets/AA/20240101/r2/a_002.zip",
            "datasets/AA/20240101-b/r1/x", "datasets/AA/20240101.b/r1/x", "datasets/AA/20240101_b/r1/x", "datasets/AA/令和六年/r1/全文_001.zip",
        ];
        Array.Sort(keys, StringComparer.Ordinal);
        foreach (string key in keys.Reverse())
        {
            BlobKey.TryParse(key, out BlobKey blob, out _).ShouldBeTrue(key);
            await WriteAsync(blob, Bytes(key.Length));
        }

        (await ListAsync()).Select(b => b.Key.Path).ShouldBe(keys);
        (await ListAsync()).Select(b => (int)b.Bytes).ShouldBe(keys.Select(k => k.Length));
        foreach (string prefix in (string[])["datasets/", "datasets/AA", "datasets/AA/", "datasets/AA/20240101/r2/", "datasets/AA/20240101/r2/SHA", "datasets/ZZ/", "x"])
        {
            (await ListAsync(prefix)).Select(b => b.Key.Path).ShouldBe(keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)), prefix);
        }
    }

    [ContractFact]
    public async Task A_listed_blob_tells_when_it_was_committed()
    {
        await WriteAsync(Key, Bytes(10));

        (await ListAsync()).ShouldHaveSingleItem().ModifiedAt.ShouldBe(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(5));
    }

    [ContractFact]
    public async Task A_deleted_blob_is_gone_and_its_place_can_be_used_again()
    {
        await WriteAsync(Key, Bytes(10));
        await Store.DeleteAsync(Key, CancellationToken.None);
        (await Store.OpenAsync(Key, CancellationToken.None)).ShouldBeNull();
        (await ListAsync()).ShouldBeEmpty();

        await Store.DeleteAsync(Key, CancellationToken.None);

        await WriteAsync(Key, Bytes(10, seed: 3));
        ShouldBeSame(await ReadAsync(Key), Bytes(10, seed: 3));
    }

    [ContractFact]
    public async Task Keys_of_any_script_are_kept_exactly()
    {
        BlobKey key = BlobKey.Of(new ReleaseId("JP-PA", "令和六年", 2), "特許 公報+100%&a=b#é\u0065\u0301.zip");
        await WriteAsync(key, Bytes(77));

        ShouldBeSame(await ReadAsync(key), Bytes(77));
        (await ListAsync()).ShouldHaveSingleItem().Key.ShouldBe(key);
    }

    [ContractFact]
    public async Task Many_writers_at_once_do_not_meet()
    {
        BlobKey[] keys = [.. Enumerable.Range(1, 12).Select(i => BlobKey.Of(Release, $"{i}.zip"))];
        await Task.WhenAll(keys.Select((key, i) => WriteAsync(key, Bytes(300_000 * i, seed: i))));

        for (int i = 0; i < keys.Length; i++)
        {
            ShouldBeSame(await ReadAsync(keys[i]), Bytes(300_000 * i, seed: i));
        }
    }

    [ContractFact]
    public async Task Clearing_unfinished_writes_spares_those_that_go_on()
    {
        await using BlobWriter writer = await Store.CreateAsync(Key, CancellationToken.None);
        await writer.WriteAsync(Bytes(2 * Part), CancellationToken.None);

        (await Store.ClearUnfinishedAsync(TimeSpan.FromDays(1), CancellationToken.None)).ShouldBe(0);

        await writer.CommitAsync(CancellationToken.None);
        ShouldBeSame(await ReadAsync(Key), Bytes(2 * Part));
    }
}
