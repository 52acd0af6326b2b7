using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace OpenData.Tests.Samples;

/// <summary>Walks through the structure of pictures and fails where a reader would.</summary>
internal static partial class Pictures
{
    /// <summary>Markers in order, lengths that lead to the next one, restart markers that count, as many of them as rows of blocks.</summary>
    public static void Jpeg(ReadOnlySpan<byte> file)
    {
        (file[0], file[1], file[^2], file[^1]).ShouldBe(((byte)0xFF, (byte)0xD8, (byte)0xFF, (byte)0xD9));
        List<byte> markers = [];
        int at = 2;
        int rows = 0;
        while (true)
        {
            file[at].ShouldBe((byte)0xFF);
            byte marker = file[at + 1];
            markers.Add(marker);
            if (marker == 0xC0)
            {
                rows = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]) / 8;
            }
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (marker == 0xDA)
            {
                break;
            }
        }
        markers.ShouldBe([0xE0, 0xDB, 0xC4, 0xC4, 0xC0, 0xDD, 0xDA]);
        int restarts = 0;
        for (; at < file.Length - 2; at++)
        {
            if (file[at] == 0xFF && file[at + 1] != 0)
            {
                file[at + 1].ShouldBe((byte)(0xD0 + restarts++ % 8));
                at++;
            }
        }
        restarts.ShouldBe(rows - 1);
    }

    /// <summary>The directory's entries rise, and the strips fill the rest of the file, and each ends with the end of its block.</summary>
    public static void Tiff(ReadOnlySpan<byte> file)
    {
        file[..4].SequenceEqual("II*\0"u8).ShouldBeTrue();
        int directory = BinaryPrimitives.ReadInt32LittleEndian(file[4..]);
        int entries = BinaryPrimitives.ReadUInt16LittleEndian(file[directory..]);
        Dictionary<int, (int Count, int Value)> tags = [];
        for (int i = 0; i < entries; i++)
        {
            ReadOnlySpan<byte> entry = file.Slice(directory + 2 + i * 12, 12);
            int tag = BinaryPrimitives.ReadUInt16LittleEndian(entry);
            tags.Keys.ShouldAllBe(before => before < tag);
            tags.Add(tag, (BinaryPrimitives.ReadInt32LittleEndian(entry[4..]), BinaryPrimitives.ReadInt32LittleEndian(entry[8..])));
        }
        tags[259].Value.ShouldBe(4);
        tags[257].Value.ShouldBe(tags[273].Count * 8);
        int end = 0;
        for (int strip = 0; strip < tags[273].Count; strip++)
        {
            int offset = BinaryPrimitives.ReadInt32LittleEndian(file[(tags[273].Value + strip * 4)..]);
            end = offset + BinaryPrimitives.ReadInt32LittleEndian(file[(tags[279].Value + strip * 4)..]);
            // End of facsimile block: 000000000001 twice, then less than a byte of zeros.
            uint tail = BinaryPrimitives.ReadUInt32BigEndian(file[(end - 4)..end]);
            (tail >> BitOperations.TrailingZeroCount(tail) & 0xFF_FFFF).ShouldBe(0x00_1001u);
            BitOperations.TrailingZeroCount(tail).ShouldBeLessThan(8);
        }
        end.ShouldBe(file.Length);
    }

    /// <summary>The cross-reference table is where startxref says, and every offset in it leads to its object, and every stream is as long as it says.</summary>
    public static void Pdf(ReadOnlySpan<byte> file)
    {
        string text = Encoding.Latin1.GetString(file);
        text.ShouldStartWith("%PDF-1.4");
        text.TrimEnd().ShouldEndWith("%%EOF");
        int table = int.Parse(StartXref().Match(text).Groups["at"].Value, CultureInfo.InvariantCulture);
        string[] lines = text[table..].Split('\n');
        lines[0].ShouldBe("xref");
        int count = int.Parse(lines[1].Split(' ')[1], CultureInfo.InvariantCulture);
        for (int number = 1; number < count; number++)
        {
            int offset = int.Parse(lines[2 + number].AsSpan(0, 10), CultureInfo.InvariantCulture);
            string expected = $"{number} 0 obj\n<< /";
            text.Substring(offset, expected.Length).ShouldBe(expected);
        }
        text.ShouldContain("/Type /Pages");
        foreach (Match stream in Streams().Matches(text))
        {
            int end = stream.Index + stream.Length + int.Parse(stream.Groups["length"].Value, CultureInfo.InvariantCulture);
            text.Substring(end, "\nendstream".Length).ShouldBe("\nendstream");
        }
    }

    [GeneratedRegex(@"/Length (?<length>\d+) >>\nstream\n", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Streams();

    [GeneratedRegex(@"startxref\n(?<at>\d+)\n", RegexOptions.RightToLeft, matchTimeoutMilliseconds: 5000)]
    private static partial Regex StartXref();
}
