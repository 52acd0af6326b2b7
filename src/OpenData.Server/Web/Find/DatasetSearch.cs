using System.Collections.Frozen;
using System.Text;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway.Api;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Find;

/// <summary>
/// Finds datasets by words in either language: in codes, names, descriptions, fields and the site's own words for contents and offices. The
/// texts of a catalog are some 100 kB, so they are searched as they are, in memory: a word is found wherever it stands, also one of two Chinese
/// characters, and both databases answer alike.
/// </summary>
public sealed class DatasetSearch
{
    private readonly FrozenDictionary<string, Part[]> _texts;

    /// <summary>Takes in a catalog.</summary>
    public DatasetSearch(DatasetCatalog catalog) =>
        _texts = catalog.Datasets.Values.ToFrozenDictionary(dataset => dataset.Code, dataset => TextsOf(dataset, catalog), StringComparer.Ordinal);

    /// <summary>How well each dataset answers a question; those that do not answer all of its words are left out.</summary>
    public IReadOnlyDictionary<string, int> Find(string question)
    {
        string[] words = Fold(question).Split((char[])[' ', ',', '，', '、', ';', '；'], StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, int> found = new(StringComparer.Ordinal);
        foreach ((string code, Part[] parts) in _texts)
        {
            int score = 0;
            foreach (string word in words)
            {
                int best = parts.Max(part => part.Text.Contains(word, StringComparison.Ordinal) ? part.Weight : 0);
                if (best == 0 && !(IsChinese(word) && CanBePiecedTogether(word, parts)))
                {
                    score = -1;
                    break;
                }
                score += Math.Max(best, 1);
            }
            if (score > 0)
            {
                found[code] = score;
            }
        }
        return found;
    }

    /// <summary>Letters without case and in their plain forms (full-width ones too).</summary>
    internal static string Fold(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormKC).ToLowerInvariant();
        }
        catch (ArgumentException) // half a surrogate pair, from a hand-made address
        {
            return "";
        }
    }

    private static bool IsChinese(string word) => word.Length >= 4 && word.All(c => c is >= '\u4e00' and <= '\u9fff');

    /// <summary>Chinese is written without spaces: 发明全文 asks for 发明 and 全文. True where the word falls into pieces of two and more characters that are all there.</summary>
    private static bool CanBePiecedTogether(string word, Part[] parts)
    {
        bool[] reached = new bool[word.Length + 1];
        reached[0] = true;
        for (int end = 2; end <= word.Length; end++)
        {
            for (int start = 0; start <= end - 2 && !reached[end]; start++)
            {
                string piece = word[start..end];
                reached[end] = reached[start] && parts.Any(part => part.Text.Contains(piece, StringComparison.Ordinal));
            }
        }
        return reached[word.Length];
    }

    private static Part[] TextsOf(Dataset dataset, DatasetCatalog catalog)
    {
        IEnumerable<string> words = ((Reader[])[Reader.Of(SiteLanguage.En), Reader.Of(SiteLanguage.Zh)]).SelectMany(reader => (string[])
        [
            reader.Word("Content", dataset.Content),
            reader.Word("Jurisdiction", dataset.Jurisdiction),
            reader.Word("Category", dataset.Category),
            reader.Word("Access", DatasetSummaries.AccessWord(dataset.Access)),
        ]);
        IEnumerable<string> fields = catalog.FieldsOf(dataset).Select(field => $"({field.Inid}) {Both(field.Name)} {(field.Note is { } note ? Both(note) : "")}");
        return
        [
            new(50, Fold(dataset.Code)),
            new(20, Fold(Both(dataset.Name))),
            new(10, Fold(string.Join('\n', words.Concat(dataset.KindCodes).Concat(dataset.Media).Append($"{dataset.Schema?.Name} {dataset.Schema?.Version}")))),
            new(4, Fold(Both(dataset.Description))),
            new(2, Fold(string.Join('\n', fields))),
        ];
    }

    private static string Both(LocalizedText text) => $"{text.Zh}\n{text.En}";

    private sealed record Part(int Weight, string Text);
}

/// <summary>The search over the catalog in force; made anew when another catalog comes into force.</summary>
public sealed class CurrentSearch(ICurrentCatalog catalog)
{
    private volatile Made? _made;

    /// <summary>The search over this catalog.</summary>
    public DatasetSearch Current
    {
        get
        {
            DatasetCatalog now = catalog.Current;
            Made? made = _made;
            if (made is null || !ReferenceEquals(made.Catalog, now))
            {
                _made = made = new Made(now, new DatasetSearch(now));
            }
            return made.Search;
        }
    }

    private sealed record Made(DatasetCatalog Catalog, DatasetSearch Search);
}
