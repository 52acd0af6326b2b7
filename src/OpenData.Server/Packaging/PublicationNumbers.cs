using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace OpenData.Server.Packaging;

/// <summary>
/// Publication numbers, compared as offices write them: without regard to case, to separators and to zeros that pad the number behind the
/// office code, so that <c>CN 0000104751825 b</c> is <c>CN104751825B</c>. Sets of them hold 128-bit hashes: 16 bytes each.
/// </summary>
internal static class PublicationNumbers
{
    /// <summary>The group of a dataset's document pattern that holds the number.</summary>
    public const string Group = "number";

    /// <summary>The publication number in an entry's name, or null where the entry is no document. A pattern that is bound to the start may mean the path or the file.</summary>
    public static string? Find(Regex pattern, string entryName)
    {
        Match match = pattern.Match(entryName);
        int slash = entryName.LastIndexOf('/');
        if (!match.Success && slash >= 0)
        {
            match = pattern.Match(entryName[(slash + 1)..]);
        }
        Group number = match.Groups[Group];
        return number is { Success: true, Length: > 0 } ? number.Value : null;
    }

    /// <summary>Identifies a number, whatever way it is written.</summary>
    public static UInt128 Key(ReadOnlySpan<char> number)
    {
        Span<char> normal = number.Length <= 128 ? stackalloc char[128] : new char[number.Length];
        int length = 0;
        bool padding = true;
        foreach (char c in number)
        {
            if (!char.IsLetterOrDigit(c) || (c == '0' && padding && length > 0))
            {
                continue;
            }
            padding = length == 0 || (padding && !char.IsDigit(c));
            normal[length++] = char.ToUpperInvariant(c);
        }
        return XxHash128.HashToUInt128(MemoryMarshal.AsBytes(normal[..length]));
    }
}
