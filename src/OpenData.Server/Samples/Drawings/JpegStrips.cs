namespace OpenData.Server.Samples.Drawings;

/// <summary>
/// A baseline JPEG encoder for gray pictures (ITU-T T.81) that gives every row of blocks as a restart interval of its own. Such strips do
/// not depend on one another, so that many different pictures are put together from one stock by copying (<see cref="JpegImage"/>).
/// </summary>
internal static class JpegStrips
{
    // T.81 table K.1, halved: quality 75 of the usual scale. In zigzag order, as the file has it.
    internal static readonly byte[] Quantization =
    [
        8, 6, 6, 7, 6, 5, 8, 7, 7, 7, 9, 9, 8, 10, 12, 20, 13, 12, 11, 11, 12, 25, 18, 19, 15, 20, 29, 26, 31, 30, 29, 26,
        28, 28, 32, 36, 46, 39, 32, 34, 44, 35, 28, 28, 40, 55, 41, 44, 48, 49, 52, 52, 52, 31, 39, 57, 61, 56, 50, 60, 46, 51, 52, 50,
    ];

    // T.81 tables K.3 and K.5: how many codes of each length from 1 to 16, and what they stand for.
    internal static readonly byte[] DcCounts = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
    internal static readonly byte[] DcValues = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    internal static readonly byte[] AcCounts = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D];
    internal static readonly byte[] AcValues = Convert.FromHexString(
        "01020300041105122131410613516107227114328191A1082342B1C11552D1F02433627282090A161718191A25262728292A3435363738393A434445464748494A"
        + "535455565758595A636465666768696A737475767778797A838485868788898A92939495969798999AA2A3A4A5A6A7A8A9AAB2B3B4B5B6B7B8B9BAC2C3C4C5C6C7"
        + "C8C9CAD2D3D4D5D6D7D8D9DAE1E2E3E4E5E6E7E8E9EAF1F2F3F4F5F6F7F8F9FA");

    private static readonly byte[] Zigzag =
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];

    // cos((2x + 1) u π / 16) c(u) / 2, times 8192.
    private static readonly int[] Cosines = MakeCosines();

    private static readonly (uint Code, int Bits)[] DcCodes = Codes(DcCounts, DcValues);
    private static readonly (uint Code, int Bits)[] AcCodes = Codes(AcCounts, AcValues);

    /// <summary>The strips of a picture from the top: a restart interval for each eight rows. Width and height are multiples of 8.</summary>
    public static IReadOnlyList<byte[]> Encode(LineDrawing drawing)
    {
        byte[][] strips = new byte[drawing.Height / 8][];
        Span<int> samples = stackalloc int[64];
        Span<int> coefficients = stackalloc int[64];
        for (int strip = 0; strip < strips.Length; strip++)
        {
            BitWriter bits = new(stuffed: true);
            int predicted = 0;
            for (int x = 0; x < drawing.Width; x += 8)
            {
                for (int y = 0; y < 8; y++)
                {
                    ReadOnlySpan<byte> row = drawing.Pixels.Slice((strip * 8 + y) * drawing.Width + x, 8);
                    for (int column = 0; column < 8; column++)
                    {
                        samples[y * 8 + column] = row[column] - 128;
                    }
                }
                if (samples.IndexOfAnyExcept(samples[0]) < 0)
                {
                    coefficients.Clear(); // paper: most of a drawing
                    coefficients[0] = samples[0] * 8;
                }
                else
                {
                    Transform(samples, coefficients);
                }
                predicted = Block(coefficients, predicted, bits);
            }
            strips[strip] = bits.Finish(filler: 1);
        }
        return strips;
    }

    /// <summary>The discrete cosine transform (T.81, A.3.3), rows and then columns, in integers.</summary>
    private static void Transform(ReadOnlySpan<int> samples, Span<int> coefficients)
    {
        Span<int> rows = stackalloc int[64];
        for (int y = 0; y < 8; y++)
        {
            for (int u = 0; u < 8; u++)
            {
                int sum = 0;
                for (int x = 0; x < 8; x++)
                {
                    sum += samples[y * 8 + x] * Cosines[u * 8 + x];
                }
                rows[y * 8 + u] = sum >> 10;
            }
        }
        for (int u = 0; u < 8; u++)
        {
            for (int v = 0; v < 8; v++)
            {
                int sum = 0;
                for (int y = 0; y < 8; y++)
                {
                    sum += rows[y * 8 + u] * Cosines[v * 8 + y];
                }
                coefficients[v * 8 + u] = sum >> 16;
            }
        }
    }

    /// <summary>Quantizes and codes a block (T.81, F.1.2); returns its DC value for the next one.</summary>
    private static int Block(ReadOnlySpan<int> coefficients, int predicted, BitWriter bits)
    {
        int run = 0;
        int dc = Quantized(coefficients[0], Quantization[0]);
        Value(dc - predicted, 0, DcCodes, bits);
        for (int k = 1; k < 64; k++)
        {
            int value = Quantized(coefficients[Zigzag[k]], Quantization[k]);
            if (value == 0)
            {
                run++;
                continue;
            }
            for (; run > 15; run -= 16)
            {
                bits.Write(AcCodes[0xF0].Code, AcCodes[0xF0].Bits);
            }
            Value(value, run << 4, AcCodes, bits);
            run = 0;
        }
        if (run > 0)
        {
            bits.Write(AcCodes[0].Code, AcCodes[0].Bits);
        }
        return dc;
    }

    private static int Quantized(int value, int by) => value >= 0 ? (value + by / 2) / by : -((-value + by / 2) / by);

    private static void Value(int value, int run, (uint Code, int Bits)[] codes, BitWriter bits)
    {
        int size = 32 - int.LeadingZeroCount(Math.Abs(value));
        (uint code, int length) = codes[run | size];
        bits.Write(code, length);
        bits.Write((uint)(value < 0 ? value + (1 << size) - 1 : value), size);
    }

    /// <summary>Codes in ascending order of length (T.81, C.2).</summary>
    private static (uint Code, int Bits)[] Codes(byte[] counts, byte[] values)
    {
        var codes = new (uint, int)[256];
        uint code = 0;
        int next = 0;
        for (int length = 1; length <= 16; length++, code <<= 1)
        {
            for (int i = 0; i < counts[length - 1]; i++)
            {
                codes[values[next++]] = (code++, length);
            }
        }
        return codes;
    }

    private static int[] MakeCosines()
    {
        // cos(k π / 16) / 2 times 8192 for k from 0 to 8; the other values follow by symmetry.
        ReadOnlySpan<int> quarter = [4096, 4017, 3784, 3406, 2896, 2276, 1567, 799, 0];
        int[] cosines = new int[64];
        for (int u = 0; u < 8; u++)
        {
            for (int x = 0; x < 8; x++)
            {
                int k = (2 * x + 1) * u % 32;
                k = k > 16 ? 32 - k : k;
                cosines[u * 8 + x] = u == 0 ? 2896 : k > 8 ? -quarter[16 - k] : quarter[k];
            }
        }
        return cosines;
    }
}
