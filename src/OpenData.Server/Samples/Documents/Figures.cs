using System.Globalization;
using OpenData.Server.Samples.Drawings;

namespace OpenData.Server.Samples.Documents;

/// <summary>The pictures of a document, in the form that its dataset delivers them.</summary>
internal static class Figures
{
    /// <summary>Writes them beside the document's XML and returns their names, for the XML to refer to.</summary>
    /// <param name="document">Whose pictures.</param>
    /// <param name="folder">Their folder, ending in a slash.</param>
    /// <param name="name">Name of a picture without extension, by its number from 1.</param>
    /// <param name="extension">With dot: <c>.JPG</c> or <c>.TIF</c>.</param>
    /// <param name="most">At most so many.</param>
    public static IReadOnlyList<string> Write(SampleDocument document, string folder, Func<int, string> name, string extension, int most = 12)
    {
        (int count, int bytes) = document.Pictures(most);
        bool tiff = extension.StartsWith(".TIF", StringComparison.OrdinalIgnoreCase);
        List<string> names = [];
        for (int figure = 1; figure <= count; figure++)
        {
            Scans scans = (tiff ? Scans.Tiff : Scans.Jpeg).Value;
            IReadOnlyList<byte[]> strips = scans.Picture(document.Random, figure, document.Publication.Number, bytes);
            if (tiff)
            {
                TiffImage.Write(document.Page, Scans.Width, strips);
            }
            else
            {
                JpegImage.Write(document.Page, Scans.Width, strips);
            }
            names.Add(name(figure) + extension);
            document.Save(folder + names[^1]);
        }
        return names;
    }

    /// <summary>Five digits, as names of pictures have them.</summary>
    public static string Five(int number) => number.ToString("00000", CultureInfo.InvariantCulture);
}
