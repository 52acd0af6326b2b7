using System.Globalization;
using System.Text;

namespace OpenData.Server.Accounts;

/// <summary>What a proof is called: what its sender called it, made fit to be a file's name anywhere.</summary>
public static class ProofName
{
    /// <summary>The longest name, in characters of UTF-16.</summary>
    public const int Longest = 100;

    private const string Unfit = "<>:\"/\\|?*%;";

    /// <summary>
    /// The last part of a path, without what is invisible, turns the direction of writing or means something to a shell, a browser or a file system. It ends as its
    /// content's kind asks for: what is called <c>x.exe</c> and is a PDF becomes <c>x.exe.pdf</c>.
    /// </summary>
    public static string Of(string? sent, ProofType type)
    {
        string fit = string.Concat((sent ?? "").Split('/', '\\')[^1].EnumerateRunes().Where(IsFit).Select(rune => rune.ToString())).TrimEnd(' ', '.');
        string ending = Array.Find(Endings(type), ending => fit.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) ?? "";
        string stem = fit[..^ending.Length].Trim(' ', '.');
        if (ending.Length == 0)
        {
            ending = Endings(type)[0];
        }
        int most = Longest - ending.Length;
        if (stem.Length > most)
        {
            stem = stem[..(char.IsHighSurrogate(stem[most - 1]) ? most - 1 : most)].TrimEnd(' ', '.');
        }
        return (stem.Length == 0 ? "proof" : stem) + ending;
    }

    private static string[] Endings(ProofType type) => type switch
    {
        ProofType.Pdf => [".pdf"],
        ProofType.Png => [".png"],
        ProofType.Jpeg => [".jpg", ".jpeg"],
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    private static bool IsFit(Rune rune) =>
        rune != Rune.ReplacementChar
        && !Unfit.Contains(rune.ToString(), StringComparison.Ordinal)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}
