using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>
/// What one node tells the others each second: the demand of every account that downloads from it, packed. 14 bytes an account, so that 1,000 of
/// them are one small row: XXH3-64 of the key (two accounts with the same would share a rate: once in 10⁹ years of 10,000 accounts), streams (16 bit),
/// and the rate that is wanted in KiB a second (32 bit; all ones for "whatever it is given"), little-endian.
/// </summary>
public static class NodeReport
{
    /// <summary>Bytes of an account's entry.</summary>
    public const int EntryLength = 14;

    private const uint Unlimited = uint.MaxValue;

    /// <summary>The name of an account in reports.</summary>
    public static ulong NameOf(PipeKey key) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(key.Text.AsSpan()));

    /// <summary>Packs the demands.</summary>
    public static byte[] Write(IReadOnlyList<(ulong Account, NodeDemand Demand)> demands)
    {
        byte[] report = new byte[demands.Count * EntryLength];
        Span<byte> rest = report;
        foreach ((ulong account, NodeDemand demand) in demands)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, account);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[8..], (ushort)Math.Min(demand.Streams, ushort.MaxValue));
            // Rounded up: what is announced is never less than what is taken.
            uint wanted = demand.Wanted is { } rate ? (uint)Math.Min((rate.BytesPerSecond + 1023) / 1024, Unlimited - 1) : Unlimited;
            BinaryPrimitives.WriteUInt32LittleEndian(rest[10..], wanted);
            rest = rest[EntryLength..];
        }
        return report;
    }

    /// <summary>Calls <paramref name="entry"/> for each account of a report. A tail that is no whole entry, as a later version may write, is left out.</summary>
    public static void Read(ReadOnlySpan<byte> report, Action<ulong, NodeDemand> entry)
    {
        for (; report.Length >= EntryLength; report = report[EntryLength..])
        {
            uint wanted = BinaryPrimitives.ReadUInt32LittleEndian(report[10..]);
            ByteRate? rate = wanted == Unlimited ? null : new ByteRate(wanted * 1024L);
            entry(BinaryPrimitives.ReadUInt64LittleEndian(report), new NodeDemand(BinaryPrimitives.ReadUInt16LittleEndian(report[8..]), rate));
        }
    }
}
