using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OpenData.Format;

namespace OpenData.Mirror.Downloads;

/// <summary>
/// A file that is not whole yet: <c>NAME.part</c> with the bytes in their places, and beside it <c>NAME.part.state</c>, which says how many bytes of each
/// piece were written:
/// <code>
/// 8 bytes   "ODPART1\n"
/// 32        SHA-256 of the whole file: whose bytes these are
/// 8         size, little-endian
/// 8         piece length
/// 8 each    bytes of the piece that were written, from its start
/// </code>
/// Both are written without flushing, bytes first: a killed process loses what it had not read from the network, no more. A power cut may leave
/// claims without their bytes; that does no harm, because nobody believes a claim before the digest of its piece was compared with the signed manifest.
/// While a process has it open, no other gets in.
/// </summary>
internal sealed class PartFile : IDisposable
{
    /// <summary>Bytes of the state before those of the first piece.</summary>
    public const int Header = 56;

    private static ReadOnlySpan<byte> Magic => "ODPART1\n"u8;

    private readonly string _target;
    private readonly SafeFileHandle _bytes;
    private readonly SafeFileHandle _state;

    private PartFile(string target, SafeFileHandle bytes, SafeFileHandle state, long[] received)
    {
        (_target, _bytes, _state, Received) = (target, bytes, state, received);
    }

    public static string BytesPath(string target) => target + ".part";

    public static string StatePath(string target) => target + ".part.state";

    /// <summary>For each piece, the bytes that are said to be there. Owned by whoever opened the file.</summary>
    public long[] Received { get; }

    /// <summary>Opens what an earlier run left of this very content, or begins.</summary>
    /// <exception cref="MirrorException">Another process is at it.</exception>
    /// <exception cref="IOException">The disk is full, read-only or broken.</exception>
    public static PartFile Open(string target, Sha256Digest sha256, long bytes, long pieceLength, int pieces)
    {
        SafeFileHandle? state = null;
        SafeFileHandle? data = null;
        try
        {
            state = Lock(StatePath(target));
            data = File.OpenHandle(BytesPath(target), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            long[] received = new long[pieces];
            Span<byte> header = stackalloc byte[Header];
            WriteHeader(header, sha256, bytes, pieceLength);
            if (!TryReadState(state, header, received, bytes, pieceLength))
            {
                received.AsSpan().Clear();
                RandomAccess.SetLength(state, 0);
                RandomAccess.SetLength(data, 0);
                RandomAccess.Write(state, header, 0);
                RandomAccess.SetLength(state, Header + 8L * pieces);
            }
            RandomAccess.SetLength(data, bytes);
            return new PartFile(target, data, state, received);
        }
        catch
        {
            data?.Dispose();
            state?.Dispose();
            throw;
        }
    }

    /// <summary>Turns a file that stands under its final name but has wrong pieces back into a part, keeping the pieces that are right.</summary>
    public static void Reopen(string target, Sha256Digest sha256, long bytes, long pieceLength, ReadOnlySpan<long> received)
    {
        using SafeFileHandle state = Lock(StatePath(target));
        byte[] content = new byte[Header + 8 * received.Length];
        WriteHeader(content, sha256, bytes, pieceLength);
        for (int piece = 0; piece < received.Length; piece++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(Header + 8 * piece), received[piece]);
        }
        RandomAccess.SetLength(state, 0);
        RandomAccess.Write(state, content, 0);
        File.Move(target, BytesPath(target), overwrite: true);
    }

    /// <summary>Puts bytes in their place and notes them.</summary>
    /// <param name="offset">Where, from the start of the file.</param>
    /// <param name="data">What.</param>
    /// <param name="piece">Which piece they belong to.</param>
    /// <param name="received">How many bytes of it are there with these.</param>
    public void Write(long offset, ReadOnlySpan<byte> data, int piece, long received)
    {
        RandomAccess.Write(_bytes, data, offset);
        Note(piece, received);
    }

    /// <summary>Takes back what was noted of a piece.</summary>
    public void Forget(int piece) => Note(piece, 0);

    public int Read(long offset, Span<byte> buffer) => RandomAccess.Read(_bytes, buffer, offset);

    /// <summary>
    /// Flushes the bytes, gives them their final name and flushes the folder. Afterwards they are there even after a power cut. If flushing fails the part is
    /// removed, since nobody knows what the disk holds.
    /// </summary>
    /// <param name="modifiedAt">The time of last change that the file gets; null for now.</param>
    public void Commit(DateTimeOffset? modifiedAt)
    {
        try
        {
            if (modifiedAt is { } time)
            {
                File.SetLastWriteTimeUtc(_bytes, time.UtcDateTime);
            }
            FileSync.Flush(_bytes, BytesPath(_target));
        }
        catch (IOException)
        {
            File.Delete(BytesPath(_target));
            File.Delete(StatePath(_target));
            throw;
        }
        File.Move(BytesPath(_target), _target, overwrite: true);
        FileSync.FlushFolder(Path.GetDirectoryName(_target)!);
        File.Delete(StatePath(_target));
    }

    /// <summary>Removes what a process left that was killed after it named the whole file and before it tidied up.</summary>
    public static void Tidy(string target)
    {
        File.Delete(StatePath(target));
        File.Delete(BytesPath(target));
    }

    public void Dispose()
    {
        _bytes.Dispose();
        _state.Dispose();
    }

    private static SafeFileHandle Lock(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (DiskFailure.IsLocked(e))
        {
            throw MirrorException.Failed(new($"{path}: another process is downloading this file", $"{path}：另一个进程正在下载这个文件"), e);
        }
    }

    private static void WriteHeader(Span<byte> header, Sha256Digest sha256, long bytes, long pieceLength)
    {
        Magic.CopyTo(header);
        sha256.CopyTo(header[8..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], bytes);
        BinaryPrimitives.WriteInt64LittleEndian(header[48..], pieceLength);
    }

    private static bool TryReadState(SafeFileHandle state, ReadOnlySpan<byte> expected, long[] received, long bytes, long pieceLength)
    {
        byte[] content = new byte[Header + 8 * received.Length];
        if (RandomAccess.GetLength(state) != content.Length || ReadFully(state, content) != content.Length || !content.AsSpan(0, Header).SequenceEqual(expected))
        {
            return false;
        }
        for (int piece = 0; piece < received.Length; piece++)
        {
            long length = Math.Min(pieceLength, bytes - piece * pieceLength);
            received[piece] = Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(Header + 8 * piece)), 0, length);
        }
        return true;
    }

    private static int ReadFully(SafeFileHandle file, Span<byte> buffer)
    {
        int total = 0;
        int read;
        while (total < buffer.Length && (read = RandomAccess.Read(file, buffer[total..], total)) > 0)
        {
            total += read;
        }
        return total;
    }

    private void Note(int piece, long received)
    {
        long value = BitConverter.IsLittleEndian ? received : BinaryPrimitives.ReverseEndianness(received);
        RandomAccess.Write(_state, MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)), Header + 8L * piece);
    }
}
