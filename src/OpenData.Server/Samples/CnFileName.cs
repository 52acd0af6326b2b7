using System.Globalization;
using OpenData.Server.Catalog;

namespace OpenData.Server.Samples;

/// <summary>
/// The 56-character names of Chinese documents: office, 15-digit application number, office, 13-digit publication number, two characters of
/// kind, content, language, date, office and a check mark: <c>CN102021001286633CN00001137819740AFULZH20211210CN00G.XML</c>.
/// </summary>
internal static class CnFileName
{
    /// <summary>True where these names stand alone instead of in a folder per publication: datasets with one file per publication.</summary>
    public static bool IsBare(Dataset dataset) => dataset.Jurisdiction == "CN" && dataset.Content == "bibliographic-abstract";

    /// <summary>How such a name shows a publication number: 13 digits, and the zero that fills the kind to two characters.</summary>
    public static string Padded(string number) => number.PadLeft(13, '0') + "0";

    /// <summary>The name of the document's XML file.</summary>
    public static string Of(Publication publication, string content) => string.Create(CultureInfo.InvariantCulture,
        $"CN{Standard(publication)}CN{Padded(publication.Number)}{publication.Kind[0]}{content}ZH{publication.Date:yyyyMMdd}CN00{(char)('A' + publication.Date.DayNumber % 26)}.XML");

    /// <summary>The application number in its standard form of 15 digits: <c>202111286633</c> is <c>102021001286633</c>.</summary>
    public static string Standard(Publication publication) =>
        publication.Application[4] + "0" + publication.Application[..4] + "00" + publication.Application[5..];

    /// <summary>The application number as the office writes it, with its check digit: <c>202111286633.X</c>.</summary>
    public static string WithCheckDigit(string application)
    {
        int sum = 0;
        for (int i = 0; i < application.Length; i++)
        {
            sum += (application[i] - '0') * (2 + i % 8);
        }
        int check = sum % 11;
        return application + "." + (check == 10 ? "X" : check.ToString(CultureInfo.InvariantCulture));
    }
}
