using System.Globalization;
using System.Text;

namespace OpenData.Mirror.Commands;

/// <summary>Text by the columns that it takes on a terminal, where Chinese characters and full-width punctuation take two each (UAX #11).</summary>
internal static class Columns
{
    // What does not begin a line, and what does not end one.
    private const string Closing = "，。；：、！？）”》】…";
    private const string Opening = "（“《【";

    public static int Of(string text)
    {
        int columns = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            columns += Of(rune);
        }
        return columns;
    }

    public static string PadLeft(string text, int columns) => new string(' ', Math.Max(0, columns - Of(text))) + text;

    public static string PadRight(string text, int columns) => text + new string(' ', Math.Max(0, columns - Of(text)));

    /// <summary>Breaks text into lines of at most so many columns: at spaces, and beside wide characters where punctuation allows. A word that is longer is left whole.</summary>
    public static IEnumerable<string> Wrap(string text, int columns)
    {
        StringBuilder line = new();
        int taken = 0;
        foreach (string unit in Units(text))
        {
            string seen = unit.TrimEnd(' ');
            if (taken > 0 && taken + Of(seen) > columns)
            {
                yield return line.ToString().TrimEnd(' ');
                line.Clear();
                taken = 0;
            }
            line.Append(unit);
            taken += Of(unit);
        }
        yield return line.ToString().TrimEnd(' ');
    }

    /// <summary>What stays together: a word with the space behind it, a wide character with the punctuation about it.</summary>
    private static IEnumerable<string> Units(string text)
    {
        int start = 0;
        for (int at = 1; at < text.Length; at++)
        {
            (char before, char here) = (text[at - 1], text[at]);
            bool wide = IsWide(before) || IsWide(here);
            if (char.IsLowSurrogate(here) || here == ' ' || Closing.Contains(here) || Opening.Contains(before) || !(before == ' ' || wide))
            {
                continue;
            }
            yield return text[start..at];
            start = at;
        }
        yield return text[start..];
    }

    private static bool IsWide(char c) => char.IsSurrogate(c) || Of(new Rune(c)) == 2;

    private static int Of(Rune rune) => rune.Value switch
    {
        < 0x300 => 1,
        >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0x303E or >= 0x3041 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF or >= 0xFE30 and <= 0xFE6F => 2,
        >= 0xFF00 and <= 0xFF60 or >= 0xFFE0 and <= 0xFFE6 or >= 0x1F300 and <= 0x1F64F or >= 0x1F900 and <= 0x1F9FF or >= 0x20000 and <= 0x3FFFD => 2,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format ? 0 : 1,
    };
}
