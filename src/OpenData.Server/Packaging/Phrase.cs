using System.Globalization;
using System.Text.RegularExpressions;

namespace OpenData.Server.Packaging;

/// <summary>A way to say something about a delivery, in both languages of the site, with places for what differs each time.</summary>
public sealed class Phrase
{
    private readonly string _english;
    private readonly string _chinese;
    private readonly Sentence _plain;
    private readonly Lazy<Regex>? _recognized;
    private readonly int? _inner;

    /// <param name="name">What it is called in stored findings: never changed, and never used for another.</param>
    /// <param name="english">The English text, with places as <see cref="string.Format(string, object?[])"/> has them.</param>
    /// <param name="chinese">The Chinese text with the same places.</param>
    /// <param name="isRecognized">True where other rooms say it as a string of English, which <see cref="Recognize"/> is to know again.</param>
    /// <param name="inner">Where it is recognized: the place whose text may be such a string itself.</param>
    internal Phrase(string name, string english, string chinese, bool isRecognized = false, int? inner = null)
    {
        Name = name;
        _english = english;
        _chinese = chinese;
        Places = PlacesOf(english);
        _plain = new Sentence(this, []);
        _recognized = isRecognized ? new Lazy<Regex>(() => Pattern(english)) : null;
        _inner = inner;
    }

    /// <summary>Its name in stored findings.</summary>
    public string Name { get; }

    /// <summary>How many places it has.</summary>
    public int Places { get; }

    /// <summary>True where its sentences are known again by their English text.</summary>
    internal bool IsRecognized => _recognized is not null;

    /// <summary>A phrase without places says something by itself.</summary>
    public static implicit operator Sentence(Phrase phrase) => phrase._plain;

    /// <summary>The sentence with its places filled.</summary>
    /// <param name="values">Texts, numbers and sentences.</param>
    public Sentence With(params ReadOnlySpan<object> values)
    {
        object[] normal = new object[values.Length];
        for (int i = 0; i < normal.Length; i++)
        {
            normal[i] = values[i] switch
            {
                string or long or double or Sentence => values[i],
                Phrase phrase => phrase._plain,
                Int128 wide => (long)Int128.Clamp(wide, long.MinValue, long.MaxValue),
                IConvertible number => number.ToInt64(CultureInfo.InvariantCulture),
                object other => throw new ArgumentException($"A sentence has texts, numbers and sentences in its places, not {other.GetType().Name}.", nameof(values)),
            };
        }
        return new Sentence(this, normal);
    }

    /// <summary>The sentence that an English text is; null for one that no phrase makes.</summary>
    internal Sentence? Recognize(string text) => _recognized?.Value.Match(text) is { Success: true } match
        ? With([.. Enumerable.Range(0, Places).Select(place => match.Groups[$"p{place}"].Value).Select((value, place) => place == _inner ? Phrases.Known(value) : value)])
        : null;

    internal string Say(bool inChinese, IReadOnlyList<object> values)
    {
        object[] said = [.. values.Select(value => value is Sentence inner ? inner.Say(inChinese) : value)];
        return string.Format(CultureInfo.InvariantCulture, inChinese ? _chinese : _english, said);
    }

    /// <summary>True where both texts have the same places.</summary>
    internal bool IsEven => Places == PlacesOf(_chinese) && Enumerable.Range(0, Places).All(place => HasPlace(_english, place) && HasPlace(_chinese, place));

    private static bool HasPlace(string text, int place) => Regex.IsMatch(text, $@"\{{{place}[:}}]", RegexOptions.None, TimeSpan.FromSeconds(1));

    private static int PlacesOf(string text) =>
        Regex.Matches(text, @"\{(?<place>\d+)[:}]", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(place => int.Parse(place.Groups["place"].ValueSpan, CultureInfo.InvariantCulture) + 1).DefaultIfEmpty(0).Max();

    // Without backtracking: what fills the places may be long, and of somebody's choosing.
    private static Regex Pattern(string english) => new(
        $"^{Regex.Replace(Regex.Escape(english), @"\\\{(?<place>\d+)}", "(?<p${place}>.+?)", RegexOptions.None, TimeSpan.FromSeconds(1))}\\z",
        RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking,
        Regex.InfiniteMatchTimeout);
}
