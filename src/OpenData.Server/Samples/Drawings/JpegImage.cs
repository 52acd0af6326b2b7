using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Drawings;

/// <summary>Puts strips of <see cref="JpegStrips"/> together to a JFIF file.</summary>
internal static class JpegImage
{
    private static readonly byte[] Tables = MakeTables();

    public static void Write(Utf8Text to, int width, IReadOnlyList<byte[]> strips)
    {
        to.Raw([0xFF, 0xD8, 0xFF, 0xE0, 0, 16, (byte)'J', (byte)'F', (byte)'I', (byte)'F', 0, 1, 1, 1, 0, 100, 0, 100, 0, 0]);
        to.Raw(Tables);
        int height = strips.Count * 8;
        to.Raw([0xFF, 0xC0, 0, 11, 8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 1, 1, 0x11, 0]);
        int interval = width / 8;
        to.Raw([0xFF, 0xDD, 0, 4, (byte)(interval >> 8), (byte)interval]);
        to.Raw([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
        for (int strip = 0; strip < strips.Count; strip++)
        {
            if (strip > 0)
            {
                to.Raw([0xFF, (byte)(0xD0 + (strip - 1) % 8)]);
            }
            to.Raw(strips[strip]);
        }
        to.Raw([0xFF, 0xD9]);
    }

    private static byte[] MakeTables() =>
    [
        0xFF, 0xDB, 0, 67, 0, .. JpegStrips.Quantization,
        0xFF, 0xC4, 0, (byte)(19 + JpegStrips.DcValues.Length), 0x00, .. JpegStrips.DcCounts, .. JpegStrips.DcValues,
        0xFF, 0xC4, 0, (byte)(19 + JpegStrips.AcValues.Length), 0x10, .. JpegStrips.AcCounts, .. JpegStrips.AcValues,
    ];
}
