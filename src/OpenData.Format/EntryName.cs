using System.Text;

namespace OpenData.Format;

/// <summary>
/// Names of files in deliveries and archives: relative paths with forward slashes. A name that could hurt whoever unpacks it is refused, never repaired.
/// </summary>
public static class EntryName
{
    /// <summary>The longest name, in bytes of UTF-8: the zip format's field has 16 bits; readers and file systems stop far below.</summary>
    public const int MaxBytes = 4096;

    /// <summary>The longest segment of a name, in bytes of UTF-8: what Linux file systems can hold.</summary>
    public const int MaxSegmentBytes = 255;

    /// <summary>What is wrong with a name, in words for a curator, or null if nothing is.</summary>
    public static string? Fault(string name)
    {
        if (name.Length == 0)
        {
            return "the name is empty";
        }
        if (name[0] == '/' || (name.Length >= 2 && name[1] == ':' && char.IsAsciiLetter(name[0])))
        {
            return "the name is absolute";
        }
        foreach (char c in name)
        {
            if (c == '\\')
            {
                return "the name has a backslash, which some readers take for a folder separator";
            }
            if (char.IsControl(c))
            {
                return $"the name has the control character U+{(int)c:X4}";
            }
            if (c == '\uFFFD' || c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069')
            {
                return $"the name has the character U+{(int)c:X4}, which is not text or hides how the name ends";
            }
        }
        if (HasLoneSurrogate(name))
        {
            return "the name is not valid Unicode";
        }
        foreach (string segment in name.Split('/'))
        {
            if (segment.Length == 0)
            {
                return "the name has an empty segment";
            }
            if (segment is "." or "..")
            {
                return $"the name has the segment '{segment}'";
            }
            if (Encoding.UTF8.GetByteCount(segment) > MaxSegmentBytes)
            {
                return $"a segment of the name is longer than {MaxSegmentBytes} bytes";
            }
        }
        return Encoding.UTF8.GetByteCount(name) > MaxBytes ? $"the name is longer than {MaxBytes} bytes" : null;
    }

    /// <summary>
    /// Two names with one key would fall on each other on some reader's disk: the key folds case and Unicode normalization (NFC).
    /// </summary>
    public static string CollisionKey(string name) => name.Normalize(NormalizationForm.FormC).ToUpperInvariant();

    private static bool HasLoneSurrogate(string name)
    {
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsHighSurrogate(name[i]) && i + 1 < name.Length && char.IsLowSurrogate(name[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(name[i]))
            {
                return true;
            }
        }
        return false;
    }
}
