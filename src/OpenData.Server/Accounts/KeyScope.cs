using System.Buffers;
using System.IO.Enumeration;

namespace OpenData.Server.Accounts;

/// <summary>
/// What a key is limited to, below what its account may: a purpose, and datasets by pattern. It never gives more than the account has. Immutable, and
/// the same for a key's whole life; written as words, <c>downloads CN-* US-PA-TXTO-10-B</c>.
/// </summary>
public sealed record KeyScope
{
    /// <summary>Patterns that a key may have.</summary>
    public const int MostDatasets = 50;

    private const int LongestPattern = 64;
    private static readonly SearchValues<char> s_pattern = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-*");

    private KeyScope(KeyPurpose purpose, IReadOnlyList<string> datasets) => (Purpose, Datasets) = (purpose, datasets);

    /// <summary>No limit: all that the account may.</summary>
    public static KeyScope All { get; } = new(KeyPurpose.All, []);

    /// <summary>A limit that this program cannot read, such as one of a newer program on the same database: better no use than one without its limits.</summary>
    public static KeyScope Nothing { get; } = new(KeyPurpose.Nothing, []);

    /// <summary>What it is for.</summary>
    public KeyPurpose Purpose { get; }

    /// <summary>Codes of datasets, <c>*</c> standing for any characters; empty for every dataset.</summary>
    public IReadOnlyList<string> Datasets { get; }

    /// <summary>Reads the words in any order, parted by spaces, commas or line ends; null or none of them is <see cref="All"/>.</summary>
    /// <param name="text">Such as <c>downloads CN-*</c>.</param>
    /// <param name="scope">The scope; meaningless where the answer is a fault.</param>
    /// <returns>What is wrong, for people, or null.</returns>
    public static string? TryParse(string? text, out KeyScope scope)
    {
        scope = All;
        KeyPurpose? purpose = null;
        List<string> datasets = [];
        foreach (string word in text?.Split([' ', ',', ';', '，', '、', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            if (Enum.GetValues<KeyPurpose>().Where(known => known is not KeyPurpose.Nothing && NameOf(known) == word).Select(known => (KeyPurpose?)known).FirstOrDefault() is { } named)
            {
                if (purpose is not null && purpose != named)
                {
                    return "A key has one purpose: all, downloads or desk.";
                }
                purpose = named;
                continue;
            }
            string pattern = word.ToUpperInvariant();
            if (pattern.Length > LongestPattern || pattern.AsSpan().ContainsAnyExcept(s_pattern))
            {
                return $"'{(word.Length > 80 ? word[..80] + "…" : word)}' is neither a purpose (all, downloads, desk) nor the code of a dataset such as CN-PA-TXTS-10-A or CN-*.";
            }
            if (!datasets.Contains(pattern))
            {
                datasets.Add(pattern);
            }
        }
        if (datasets.Count > MostDatasets)
        {
            return $"A key is limited to at most {MostDatasets} datasets or patterns.";
        }
        if (purpose is KeyPurpose.Desk && datasets.Count > 0)
        {
            return "A key for the desk downloads nothing, so it is not limited to datasets.";
        }
        scope = new KeyScope(purpose ?? KeyPurpose.All, datasets);
        return null;
    }

    /// <summary>Whether it may download a dataset, as far as the key goes.</summary>
    public bool MayDownload(string dataset)
    {
        if (Purpose is KeyPurpose.Desk or KeyPurpose.Nothing)
        {
            return false;
        }
        if (Datasets.Count == 0)
        {
            return true;
        }
        for (int i = 0; i < Datasets.Count; i++) // asked for each request: nothing is allocated
        {
            if (FileSystemName.MatchesSimpleExpression(Datasets[i], dataset, ignoreCase: false))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Whether it may make a request to the API of accounts and of the desk, as far as the key goes: downloading means to look at one's account and to make links.</summary>
    public bool MayCall(string method, PathString path)
    {
        bool looks = HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
        bool desk = path.StartsWithSegments("/api/v1/admin");
        return Purpose switch
        {
            KeyPurpose.Downloads => !desk && (looks || path.StartsWithSegments("/api/v1/links")),
            KeyPurpose.Desk => desk || (looks && path.StartsWithSegments("/api/v1/me")),
            KeyPurpose.Nothing => false,
            _ => true,
        };
    }

    /// <summary>The words that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => string.Join(' ', Datasets.Prepend(NameOf(Purpose)));

    /// <inheritdoc/>
    public bool Equals(KeyScope? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static string NameOf(KeyPurpose purpose) => purpose switch
    {
        KeyPurpose.All => "all",
        KeyPurpose.Downloads => "downloads",
        KeyPurpose.Desk => "desk",
        KeyPurpose.Nothing => "nothing",
        _ => throw new ArgumentOutOfRangeException(nameof(purpose), purpose, null),
    };
}

/// <summary>What a key is for.</summary>
public enum KeyPurpose
{
    /// <summary>All that its account may.</summary>
    All,

    /// <summary>Files, links to them, and looking at one's account; nothing is changed and nothing administered.</summary>
    Downloads,

    /// <summary>The API of the desk, by the account's roles; no file.</summary>
    Desk,

    /// <summary>Nothing that this program knows.</summary>
    Nothing,
}
