using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace OpenData.Server.Packaging;

/// <summary>
/// The list of all publications that an edition must hold (WIPO ST.37, text form): one a line, <c>office,number,kind,date[,exception]</c>,
/// UTF-8, with or without a header line. Read line by line: a list of millions needs no memory.
/// </summary>
public static class AuthorityFile
{
    /// <summary>The longest line, in characters. A longer one is malformed and is skipped without being kept.</summary>
    public const int MaxLineLength = 1024;

    private static readonly string[] DateForms = ["yyyyMMdd", "yyyy-MM-dd"];

    /// <summary>Reads the lines in order: each is a publication or says what is wrong with it. Blank lines and a header are left out.</summary>
    public static async IAsyncEnumerable<AuthorityLine> ReadAsync(Stream file, [EnumeratorCancellation] CancellationToken stop)
    {
        using StreamReader reader = new(file, new UTF8Encoding(false, throwOnInvalidBytes: false), detectEncodingFromByteOrderMarks: true, bufferSize: 64 * 1024, leaveOpen: true);
        char[] buffer = new char[16 * 1024];
        StringBuilder line = new();
        long number = 0;
        int read;
        while ((read = await reader.ReadAsync(buffer, stop)) > 0)
        {
            int from = 0;
            for (int end; (end = Array.IndexOf(buffer, '\n', from, read - from)) >= 0; from = end + 1)
            {
                Append(line, buffer.AsSpan(from, end - from));
                if (Parse(line.ToString(), ++number) is { } parsed)
                {
                    yield return parsed;
                }
                line.Clear();
            }
            Append(line, buffer.AsSpan(from, read - from));
        }
        if (line.Length > 0 && Parse(line.ToString(), ++number) is { } last)
        {
            yield return last;
        }
    }

    /// <summary>Reads one line; null for a blank one and for a header in line 1.</summary>
    public static AuthorityLine? Parse(string line, long number)
    {
        if (line.Length > MaxLineLength)
        {
            return new AuthorityLine(number, null, $"it is longer than {MaxLineLength} characters");
        }
        if (string.IsNullOrWhiteSpace(line))
        {
            return null;
        }
        string[] fields = [.. line.TrimEnd('\r').Split(',').Select(Unquote)];
        if (number == 1 && fields.Any(field => field.Equals("office", StringComparison.OrdinalIgnoreCase) || field.Equals("number", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }
        if (fields.Length is < 4 or > 5)
        {
            return new AuthorityLine(number, null, $"expected office,number,kind,date[,exception], found {fields.Length} fields");
        }
        if (fields[0].Length != 2 || !fields[0].All(char.IsAsciiLetter))
        {
            return new AuthorityLine(number, null, $"the office '{fields[0]}' is not a code of two letters (WIPO ST.3)");
        }
        if (!fields[1].Any(char.IsAsciiDigit))
        {
            return new AuthorityLine(number, null, $"the number '{fields[1]}' has no digit");
        }
        if (fields[2].Length > 3 || !fields[2].All(char.IsAsciiLetterOrDigit))
        {
            return new AuthorityLine(number, null, $"the kind '{fields[2]}' is not a kind code (WIPO ST.16)");
        }
        if (!DateOnly.TryParseExact(fields[3], DateForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date))
        {
            return new AuthorityLine(number, null, $"the date '{fields[3]}' is not yyyyMMdd or yyyy-MM-dd");
        }
        string? exception = fields.Length == 5 && fields[4].Length > 0 ? fields[4] : null;
        return new AuthorityLine(number, new AuthorityRecord(fields[0].ToUpperInvariant(), fields[1], fields[2].ToUpperInvariant(), date, exception), null);
    }

    private static void Append(StringBuilder line, ReadOnlySpan<char> text) =>
        line.Append(text[..Math.Min(text.Length, MaxLineLength + 2 - Math.Min(line.Length, MaxLineLength + 2))]);

    private static string Unquote(string field)
    {
        string trimmed = field.Trim();
        return trimmed is ['"', .. var inner, '"'] ? inner.Trim() : trimmed;
    }
}

/// <summary>A line of an authority file.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Record">The publication, or null where the line is malformed.</param>
/// <param name="Fault">What is wrong with the line, or null.</param>
public readonly record struct AuthorityLine(long Number, AuthorityRecord? Record, string? Fault);

/// <summary>A publication listed by an authority file (WIPO ST.37, mandatory elements).</summary>
/// <param name="Office">WIPO ST.3 code.</param>
/// <param name="Number">Publication number as listed, with or without office and kind.</param>
/// <param name="Kind">WIPO ST.16 code, or empty.</param>
/// <param name="Date">Publication date.</param>
/// <param name="Exception">Why there is no document (WIPO ST.37 exception code), or null where there must be one.</param>
public sealed record AuthorityRecord(string Office, string Number, string Kind, DateOnly Date, string? Exception)
{
    /// <summary>The whole publication number: office, number, kind.</summary>
    public string Publication => Office + Number + Kind;
}
