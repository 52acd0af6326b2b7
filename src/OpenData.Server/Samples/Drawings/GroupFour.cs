namespace OpenData.Server.Samples.Drawings;

/// <summary>
/// The Group 4 coding of facsimile (ITU-T T.6) of rows in black and white, eight rows at a time, each strip standing alone as TIFF asks.
/// Rows have at most 703 pixels: the code tables end there.
/// </summary>
internal static class GroupFour
{
    // T.4, tables 2 and 3: the codes of runs of 0 to 63 pixels, then of 64, 128 … 640.
    private static readonly string[] White = ("00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 101011 0100111 "
        + "0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 00000011 00011010 00011011 00010010 00010011 00010100 "
        + "00010101 00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101 00001010 00001011 01010010 01010011 01010100 "
        + "01010101 00100100 00100101 01011000 01011001 01011010 01011011 01001010 01001011 00110010 00110011 00110100 "
        + "11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111").Split(' ');

    private static readonly string[] Black = ("0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000 0000010111 "
        + "0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111 00000011000 000011001010 000011001011 000011001100 "
        + "000011001101 000001101000 000001101001 000001101010 000001101011 000011010010 000011010011 000011010100 000011010101 000011010110 000011010111 "
        + "000001101100 000001101101 000011011010 000011011011 000001010100 000001010101 000001010110 000001010111 000001100100 000001100101 000001010010 "
        + "000001010011 000000100100 000000110111 000000111000 000000100111 000000101000 000001011000 000001011001 000000101011 000000101100 000001011010 "
        + "000001100110 000001100111 "
        + "0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101 0000001001010").Split(' ');

    // T.6, table 1: vertical modes from three to the left to three to the right.
    private static readonly string[] Vertical = ["0000010", "000010", "010", "1", "011", "000011", "0000011"];
    private const string Pass = "0001";
    private const string Horizontal = "001";
    private const string EndOfBlock = "000000000001000000000001";

    /// <summary>The strips of a picture from the top, eight rows each; what is darker than middle gray is black.</summary>
    public static IReadOnlyList<byte[]> Encode(LineDrawing drawing)
    {
        byte[][] strips = new byte[drawing.Height / 8][];
        for (int strip = 0; strip < strips.Length; strip++)
        {
            BitWriter bits = new(stuffed: false);
            bool[] reference = new bool[drawing.Width];
            for (int y = strip * 8; y < strip * 8 + 8; y++)
            {
                bool[] row = new bool[drawing.Width];
                for (int x = 0; x < row.Length; x++)
                {
                    row[x] = drawing.Pixels[y * drawing.Width + x] < 128;
                }
                Row(row, reference, bits);
                reference = row;
            }
            Write(EndOfBlock, bits);
            strips[strip] = bits.Finish(filler: 0);
        }
        return strips;
    }

    /// <summary>T.6, 2.2.1 to 2.2.5: a0, a1, a2, b1 and b2 are the changing elements of the recommendation.</summary>
    private static void Row(bool[] row, bool[] reference, BitWriter bits)
    {
        int a0 = -1;
        bool black = false;
        while (a0 < row.Length)
        {
            int a1 = Change(row, a0, black);
            int b1 = FirstOpposite(reference, a0, black);
            int b2 = Change(reference, b1, !black);
            if (b2 < a1)
            {
                Write(Pass, bits);
                a0 = b2;
            }
            else if (Math.Abs(a1 - b1) <= 3)
            {
                Write(Vertical[a1 - b1 + 3], bits);
                a0 = a1;
                black = !black;
            }
            else
            {
                int a2 = Change(row, a1, !black);
                Write(Horizontal, bits);
                Run(a1 - Math.Max(a0, 0), black, bits);
                Run(a2 - a1, !black, bits);
                a0 = a2;
            }
        }
    }

    /// <summary>The next element right of <paramref name="from"/> that is not of this color.</summary>
    private static int Change(bool[] row, int from, bool black)
    {
        int x = from + (from < 0 || from < row.Length && row[from] == black ? 1 : 0);
        x = Math.Max(x, 0);
        while (x < row.Length && row[x] == black)
        {
            x++;
        }
        return Math.Min(x, row.Length);
    }

    /// <summary>b1: the first changing element of the reference line right of a0 and of the color opposite to that of a0.</summary>
    private static int FirstOpposite(bool[] reference, int a0, bool black)
    {
        for (int x = a0 + 1; x < reference.Length; x++)
        {
            if (reference[x] != black && (x == 0 ? reference[x] : reference[x - 1] != reference[x]))
            {
                return x;
            }
        }
        return reference.Length;
    }

    private static void Run(int length, bool black, BitWriter bits)
    {
        string[] codes = black ? Black : White;
        if (length >= 64)
        {
            Write(codes[63 + length / 64], bits);
        }
        Write(codes[length % 64], bits);
    }

    private static void Write(string code, BitWriter bits)
    {
        foreach (char bit in code)
        {
            bits.Write(bit == '1' ? 1u : 0, 1);
        }
    }
}
