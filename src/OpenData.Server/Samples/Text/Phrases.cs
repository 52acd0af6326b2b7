using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace OpenData.Server.Samples.Text;

/// <summary>
/// A store of clauses of one language, made once and then only copied: that makes text as fast as memory. A document keeps to one shelf of it,
/// so that its clauses come back now and then within the 32 KB that deflate looks back, and samples compress about as well as real text does.
/// </summary>
internal sealed class Phrases
{
    private const int Clauses = 16_384;
    private const int ShelfSize = 1_800;
    private const int Predicates = 2_048;

    private static readonly string[] Units = ["mm", "μm", "nm", "°C", "kPa", "MPa", "V", "mA", "Hz", "kHz", "GHz", "ms", "s", "g/L", "%", "mol/L", "W", "N", "rpm", "dB"];
    private static readonly ConcurrentDictionary<string, Lazy<Phrases>> Made = new(StringComparer.Ordinal);

    private readonly byte[][] _clauses;
    private readonly byte[][] _predicates;

    private Phrases(Language language)
    {
        SampleRandom random = new("phrases|" + language.Code);
        _clauses = [.. Enumerable.Range(0, Clauses).Select(_ => Encoding.UTF8.GetBytes(Fill(random.Pick(language.Clauses), language, random)))];
        _predicates = [.. Enumerable.Range(0, Predicates).Select(_ => Encoding.UTF8.GetBytes(Fill(random.Pick(language.Predicates), language, random)))];
    }

    public static Phrases Of(Language language) => Made.GetOrAdd(language.Code, _ => new Lazy<Phrases>(() => new Phrases(language))).Value;

    /// <summary>A place from which a document takes its clauses.</summary>
    public static int Shelf(SampleRandom random) => random.Below(Clauses - ShelfSize);

    /// <summary>One of the clauses of a shelf.</summary>
    public ReadOnlySpan<byte> Clause(int shelf, SampleRandom random) => _clauses[shelf + random.Below(ShelfSize)];

    public ReadOnlySpan<byte> Predicate(SampleRandom random) => random.Pick(_predicates);

    /// <summary>Puts words into a pattern such as <c>{N} is at {L} of the {N}</c>.</summary>
    public static string Fill(string pattern, Language language, SampleRandom random)
    {
        StringBuilder text = new();
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '{')
            {
                text.Append(pattern[i]);
                continue;
            }
            text.Append(pattern[i + 1] switch
            {
                'N' => random.Pick(language.Nouns),
                'V' => random.Pick(language.Verbs),
                'A' => random.Pick(language.Adjectives),
                'P' => random.Pick(language.Properties),
                'L' => random.Pick(language.Places),
                'M' => random.Pick(language.Manners),
                'U' => random.Pick(Units),
                '#' => Figure(random),
                'C' => random.Between(2, 16).ToString(CultureInfo.InvariantCulture),
                char other => throw new FormatException($"The pattern '{pattern}' has the unknown place '{other}'."),
            });
            i += 2;
        }
        return text.ToString();
    }

    private static string Figure(SampleRandom random) => random.Chance(50)
        ? random.Between(2, 360).ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{random.Between(0, 48)}.{random.Between(1, 99)}");
}
