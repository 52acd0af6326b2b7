using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text;
using System.Text.Unicode;

namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>
/// Proves that bytes are UTF-8 (RFC 3629), several times as fast as the framework where most characters are not ASCII: 32 bytes at a time by
/// looking up what each pair of neighbours can mean (Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte", 2021).
/// </summary>
internal static class Utf8Validation
{
    // What may be wrong with two bytes that are neighbours; an error is what the first byte, the second, and both together agree on.
    private const byte TooShort = 1 << 0; // a lead byte without its continuation
    private const byte TooLong = 1 << 1; // a continuation behind ASCII
    private const byte Overlong3 = 1 << 2; // E0 80..9F
    private const byte TooLarge = 1 << 3; // above U+10FFFF: F4 90.. and beyond
    private const byte Surrogate = 1 << 4; // ED A0..BF
    private const byte Overlong2 = 1 << 5; // C0, C1
    private const byte TooLarge1000 = 1 << 6; // F5.. 80..8F
    private const byte Overlong4 = 1 << 6; // F0 80..8F
    private const byte TwoContinuations = 1 << 7; // right only as the third or fourth byte
    private const byte Carry = TooShort | TooLong | TwoContinuations;

    private static readonly Vector256<byte> FirstHigh = Both(
        TooLong, TooLong, TooLong, TooLong, TooLong, TooLong, TooLong, TooLong,
        TwoContinuations, TwoContinuations, TwoContinuations, TwoContinuations,
        TooShort | Overlong2, TooShort, TooShort | Overlong3 | Surrogate, TooShort | TooLarge | TooLarge1000 | Overlong4);

    private static readonly Vector256<byte> FirstLow = Both(
        Carry | Overlong3 | Overlong2 | Overlong4, Carry | Overlong2, Carry, Carry,
        Carry | TooLarge, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000,
        Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000,
        Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000 | Surrogate, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000);

    private static readonly Vector256<byte> SecondHigh = Both(
        TooShort, TooShort, TooShort, TooShort, TooShort, TooShort, TooShort, TooShort,
        TooLong | Overlong2 | TwoContinuations | Overlong3 | TooLarge1000 | Overlong4,
        TooLong | Overlong2 | TwoContinuations | Overlong3 | TooLarge,
        TooLong | Overlong2 | TwoContinuations | Surrogate | TooLarge,
        TooLong | Overlong2 | TwoContinuations | Surrogate | TooLarge,
        TooShort, TooShort, TooShort, TooShort);

    /// <summary>The first byte of the first sequence that is no character, or the length where all are. A sequence that is cut off by the end is none.</summary>
    public static int ValidLength(ReadOnlySpan<byte> s)
    {
        int at = Avx2.IsSupported ? ValidBlocks(s) : 0;
        if (!Avx2.IsSupported && Utf8.IsValid(s))
        {
            return s.Length;
        }
        while (at < s.Length)
        {
            if (Rune.DecodeFromUtf8(s[at..], out _, out int used) != OperationStatus.Done)
            {
                return at;
            }
            at += used;
        }
        return s.Length;
    }

    // The beginning of a character, before which all is well, in whole blocks but for what may be wrong in the last one.
    private static int ValidBlocks(ReadOnlySpan<byte> s)
    {
        Vector256<byte> before = default;
        int at = 0;
        for (; at + Vector256<byte>.Count <= s.Length; at += Vector256<byte>.Count)
        {
            Vector256<byte> bytes = Vector256.Create(s.Slice(at, Vector256<byte>.Count));
            if (((bytes | before) & Vector256.Create((byte)0x80)) != default && Errors(bytes, before) != default)
            {
                break;
            }
            before = bytes;
        }
        // A character may begin at the end of the last good block: it is looked at again.
        int start = at;
        for (int back = 1; back <= 3 && back <= at; back++)
        {
            if (s[at - back] >= 0xC0)
            {
                start = at - back;
                break;
            }
        }
        return start;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Errors(Vector256<byte> bytes, Vector256<byte> before)
    {
        // The bytes one, two and three places earlier: the lanes of 16 bytes are joined by what stood before each.
        Vector256<byte> joined = Avx2.Permute2x128(before, bytes, 0x21);
        Vector256<byte> back1 = Avx2.AlignRight(bytes, joined, 15);
        Vector256<byte> back2 = Avx2.AlignRight(bytes, joined, 14);
        Vector256<byte> back3 = Avx2.AlignRight(bytes, joined, 13);
        Vector256<byte> pairs = Avx2.Shuffle(FirstHigh, HighNibbles(back1)) & Avx2.Shuffle(FirstLow, back1 & Vector256.Create((byte)0x0F)) & Avx2.Shuffle(SecondHigh, HighNibbles(bytes));
        Vector256<byte> mustContinue = (Avx2.SubtractSaturate(back2, Vector256.Create((byte)(0xE0 - 0x80))) | Avx2.SubtractSaturate(back3, Vector256.Create((byte)(0xF0 - 0x80)))) & Vector256.Create((byte)0x80);
        return mustContinue ^ pairs;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> HighNibbles(Vector256<byte> bytes) => Vector256.ShiftRightLogical(bytes.AsUInt16(), 4).AsByte() & Vector256.Create((byte)0x0F);

    private static Vector256<byte> Both(params ReadOnlySpan<byte> table) => Vector256.Create(Vector128.Create(table), Vector128.Create(table));
}
