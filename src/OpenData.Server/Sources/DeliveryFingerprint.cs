using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;

namespace OpenData.Server.Sources;

/// <summary>
/// What a delivery's listing says, in one short text: names, sizes, times and entity tags of all files in any order, and when the marker was set. Two listings with
/// one fingerprint are taken for the same delivery without reading it; whether another one has other bytes, only reading tells. Needs no memory for a million files.
/// </summary>
public sealed class DeliveryFingerprint
{
    private UInt128 _sum;
    private long _files;
    private long _bytes;

    /// <summary>The latest time of a file so far, where the place tells times.</summary>
    public DateTimeOffset? NewestFileAt { get; private set; }

    /// <summary>Lists a whole delivery.</summary>
    public static async Task<(string Text, DateTimeOffset? NewestFileAt)> OfAsync(Delivery delivery, CancellationToken stop)
    {
        DeliveryFingerprint listed = new();
        await foreach (DeliveryFile file in delivery.ListAsync(stop))
        {
            listed.Add(file);
        }
        return (listed.Text(delivery.ReadyAt), listed.NewestFileAt);
    }

    /// <summary>Passes a listing on to somebody who needs it anyway.</summary>
    public async IAsyncEnumerable<DeliveryFile> WatchAsync(IAsyncEnumerable<DeliveryFile> files, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (DeliveryFile file in files.WithCancellation(stop))
        {
            Add(file);
            yield return file;
        }
    }

    /// <summary>The fingerprint of what was listed.</summary>
    /// <param name="readyAt">When the marker was set.</param>
    public string Text(DateTimeOffset readyAt) =>
        string.Create(CultureInfo.InvariantCulture, $"1:{readyAt.UtcTicks}:{_files}:{_bytes}:{_sum:x32}");

    // A sum does not depend on the order: no place promises one.
    private void Add(in DeliveryFile file)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{file.Name}\0{file.Size}\0{file.ModifiedAt?.UtcTicks}\0{file.ETag}\0{file.Refusal}");
        _sum += XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(line));
        _files++;
        _bytes += file.Size;
        NewestFileAt = file.ModifiedAt > NewestFileAt || NewestFileAt is null ? file.ModifiedAt ?? NewestFileAt : NewestFileAt;
    }
}
