using System.Collections.Concurrent;
using System.Numerics;

namespace OpenData.Server.Packaging;

/// <summary>
/// Buffers of one run, used again and again by whichever thread comes next. The shared pool keeps some for every thread, and buffers that are
/// rented on one and returned on another pile up there; here are never more than were in use at once.
/// </summary>
internal sealed class BufferPool
{
    private const int Smallest = 64 * 1024;

    private readonly ConcurrentStack<byte[]>[] _free = [.. Enumerable.Range(0, 16).Select(_ => new ConcurrentStack<byte[]>())];

    /// <summary>A buffer of at least so many bytes, with anything in it.</summary>
    public byte[] Rent(int bytes)
    {
        int length = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, Smallest));
        return _free[SizeClass(length)].TryPop(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(length);
    }

    /// <summary>Gives a rented buffer back.</summary>
    public void Return(byte[] buffer) => _free[SizeClass(buffer.Length)].Push(buffer);

    private static int SizeClass(int length) => BitOperations.Log2((uint)length / Smallest);
}
