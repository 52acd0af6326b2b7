using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace OpenData.Server.Packaging.Deflate;

/// <summary>
/// Turns a finished deflate stream into one that another can follow. An engine that only compresses whole buffers marks the last block of
/// each; to compress one file in pieces on several cores that mark must go, and the piece must end on a byte. So the blocks are walked, symbol
/// by symbol but without making any output, up to the last one; its mark is cleared and an empty stored block is put behind it, as zlib's
/// Z_SYNC_FLUSH does. Costs about a tenth of the compression. Not thread-safe.
/// </summary>
internal sealed class DeflateStreams
{
    private const int MaxBits = 15;
    private const int EndOfBlock = 256;

    // Entries of the decoding tables: bits to consume (code and extra bits), and what the symbol is.
    private const ushort ConsumeMask = 0x1F;
    private const ushort IsMatch = 0x20;
    private const ushort IsEnd = 0x40;

    // Two tables of 64 KB, kept from stream to stream.
    private readonly ushort[] _literals = new ushort[1 << MaxBits];
    private readonly ushort[] _distances = new ushort[1 << MaxBits];

    private static ReadOnlySpan<byte> CodeLengthOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    /// <summary>Opens the stream in place and returns its new length.</summary>
    /// <param name="buffer">Begins with the stream; up to five more bytes are needed behind it, or 0 is returned.</param>
    /// <param name="length">Length of the stream.</param>
    /// <exception cref="InvalidDataException">It is not one complete deflate stream of that length.</exception>
    public int Open(Span<byte> buffer, int length)
    {
        (long lastHeader, long end) = FindLastBlock(buffer[..length]);
        if ((end + 7) / 8 != length)
        {
            throw new InvalidDataException("The deflate stream ends before its buffer does.");
        }
        // Header of the stored block: three zero bits, then zeros up to the byte.
        int at = (int)((end + 3 + 7) / 8);
        if (at + 4 > buffer.Length)
        {
            return 0;
        }
        buffer[(int)(lastHeader >> 3)] &= (byte)~(1 << (int)(lastHeader & 7));
        if (at > length)
        {
            buffer[length] = 0;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[at..], 0xFFFF0000);
        return at + 4;
    }

    private (long LastHeader, long End) FindLastBlock(ReadOnlySpan<byte> stream)
    {
        BitReader bits = new(stream);
        while (true)
        {
            long header = bits.Position;
            bits.Refill();
            bool last = bits.Take(1) == 1;
            switch (bits.Take(2))
            {
                case 0:
                    bits.SkipStored();
                    break;
                case 1:
                    Walk(ref bits, _literals, FixedLiterals(_literals), _distances, FixedDistances(_distances));
                    break;
                case 2:
                    (int literalBits, int distanceBits) = ReadTables(ref bits, _literals, _distances);
                    Walk(ref bits, _literals, literalBits, _distances, distanceBits);
                    break;
                default:
                    throw new InvalidDataException("The deflate stream has a block of an unknown type.");
            }
            if (last)
            {
                return (header, bits.Position);
            }
        }
    }

    private static void Walk(ref BitReader reader, ushort[] literals, int literalBits, ushort[] distances, int distanceBits)
    {
        BitReader bits = reader;
        uint literalMask = (1u << literalBits) - 1;
        uint distanceMask = (1u << distanceBits) - 1;
        while (true)
        {
            bits.Refill(); // at least 56 bits: three literals, or a length and a distance with all their extra bits (48)
            ushort entry = literals[(int)bits.Peek(literalMask)];
            bits.Drop(entry & ConsumeMask);
            if ((entry & (IsMatch | IsEnd)) == 0)
            {
                entry = literals[(int)bits.Peek(literalMask)];
                if ((entry & (IsMatch | IsEnd)) == 0)
                {
                    bits.Drop(entry & ConsumeMask);
                }
                continue;
            }
            if ((entry & IsEnd) != 0)
            {
                break;
            }
            bits.Drop(distances[(int)bits.Peek(distanceMask)] & ConsumeMask);
        }
        reader = bits;
    }

    private static (int Literals, int Distances) ReadTables(ref BitReader bits, ushort[] literals, ushort[] distances)
    {
        bits.Refill();
        int literalCount = (int)bits.Take(5) + 257;
        int distanceCount = (int)bits.Take(5) + 1;
        int lengthCount = (int)bits.Take(4) + 4;
        Span<byte> lengths = stackalloc byte[320];
        lengths.Clear();
        for (int i = 0; i < lengthCount; i++)
        {
            bits.Refill();
            lengths[CodeLengthOrder[i]] = (byte)bits.Take(3);
        }
        // Code lengths have codes of at most seven bits: the symbol fits beside the length.
        Span<ushort> codes = stackalloc ushort[128];
        int codeBits = Build(lengths[..19], codes, static (symbol, length) => (ushort)(symbol << 5 | length));
        lengths.Clear();
        int at = 0;
        while (at < literalCount + distanceCount)
        {
            bits.Refill();
            ushort entry = codes[(int)bits.Peek((1u << codeBits) - 1)];
            bits.Drop(entry & ConsumeMask);
            int symbol = entry >> 5;
            if (symbol < 16)
            {
                lengths[at++] = (byte)symbol;
                continue;
            }
            (int repeat, byte value) = symbol switch
            {
                16 when at > 0 => (3 + (int)bits.Take(2), lengths[at - 1]),
                17 => (3 + (int)bits.Take(3), (byte)0),
                18 => (11 + (int)bits.Take(7), (byte)0),
                _ => throw new InvalidDataException("The deflate stream repeats a code length that is not there."),
            };
            if (at + repeat > literalCount + distanceCount)
            {
                throw new InvalidDataException("The deflate stream has too many code lengths.");
            }
            lengths.Slice(at, repeat).Fill(value);
            at += repeat;
        }
        return (Build(lengths[..literalCount], literals, LiteralEntry), Build(lengths.Slice(literalCount, distanceCount), distances, DistanceEntry));
    }

    private static int FixedLiterals(ushort[] table)
    {
        Span<byte> lengths = stackalloc byte[288];
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..].Fill(8);
        return Build(lengths, table, LiteralEntry);
    }

    private static int FixedDistances(ushort[] table)
    {
        Span<byte> lengths = stackalloc byte[30];
        lengths.Fill(5);
        return Build(lengths, table, DistanceEntry);
    }

    private static ushort LiteralEntry(int symbol, int length) => symbol switch
    {
        < EndOfBlock => (ushort)length,
        EndOfBlock => (ushort)(length | IsEnd),
        // RFC 1951, 3.2.5: 257–264 and 285 without extra bits, then four symbols for each further bit.
        < 265 or > 284 => (ushort)(length | IsMatch),
        _ => (ushort)(length + (symbol - 261) / 4 | IsMatch),
    };

    private static ushort DistanceEntry(int symbol, int length) => (ushort)(symbol < 4 ? length : length + (symbol - 2) / 2);

    /// <summary>Fills a table that is indexed by the next bits of the stream; returns by how many.</summary>
    private static int Build(ReadOnlySpan<byte> lengths, Span<ushort> table, Func<int, int, ushort> entry)
    {
        Span<int> count = stackalloc int[MaxBits + 1];
        count.Clear();
        int longest = 1;
        foreach (byte length in lengths)
        {
            count[length]++;
            longest = Math.Max(longest, length);
        }
        count[0] = 0;
        Span<int> next = stackalloc int[MaxBits + 1];
        next.Clear();
        int code = 0;
        for (int length = 1; length <= MaxBits; length++)
        {
            code = code + count[length - 1] << 1;
            next[length] = code;
        }
        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length == 0)
            {
                continue;
            }
            ushort value = entry(symbol, length);
            int step = 1 << length;
            for (int i = Reverse(next[length]++, length); i < 1 << longest; i += step)
            {
                table[i] = value;
            }
        }
        return longest;
    }

    private static int Reverse(int code, int length)
    {
        int reversed = 0;
        for (int i = 0; i < length; i++)
        {
            reversed = reversed << 1 | (code >> i & 1);
        }
        return reversed;
    }

    private ref struct BitReader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private ulong _bits;
        private int _count;
        private int _at;

        public readonly long Position => 8L * _at - _count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Refill()
        {
            if (_at + 8 <= _bytes.Length)
            {
                _bits |= BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_at..]) << _count;
                int taken = 63 - _count >> 3;
                _at += taken;
                _count += taken << 3;
                return;
            }
            RefillAtEnd();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly uint Peek(uint mask) => (uint)_bits & mask;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Drop(int count)
        {
            _bits >>= count;
            _count -= count;
        }

        public uint Take(int count)
        {
            uint value = Peek((1u << count) - 1);
            Drop(count);
            return value;
        }

        public void SkipStored()
        {
            Drop(_count & 7);
            Refill();
            int length = (int)Take(16);
            Drop(16);
            _at = (int)(Position / 8) + length;
            (_bits, _count) = (0, 0);
            if (_at > _bytes.Length)
            {
                throw new InvalidDataException("The deflate stream ends inside a stored block.");
            }
        }

        private void RefillAtEnd()
        {
            // The bits above _count may already hold the next byte's from the wide load: they are the same bits, so they are set again.
            while (_count <= 56)
            {
                if (_at < _bytes.Length)
                {
                    _bits |= (ulong)_bytes[_at] << _count;
                }
                else if (_at > _bytes.Length + 16)
                {
                    throw new InvalidDataException("The deflate stream ends inside a block.");
                }
                _at++;
                _count += 8;
            }
        }
    }
}
