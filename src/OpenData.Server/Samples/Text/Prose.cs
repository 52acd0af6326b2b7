using System.Globalization;
using System.Text;

namespace OpenData.Server.Samples.Text;

/// <summary>The text of one document: sentences about the same dozen things with the same reference numerals throughout, as patents have them.</summary>
internal sealed class Prose
{
    private readonly Phrases _phrases;
    private readonly SampleRandom _random;
    private readonly int _shelf;
    private readonly byte[][] _terms;
    private readonly byte[][] _openers;
    private readonly byte[] _comma;
    private readonly byte[] _stop;

    public Prose(Language language, SampleRandom random)
    {
        Language = language;
        _random = random;
        _phrases = Phrases.Of(language);
        _shelf = Phrases.Shelf(_random);
        Title = Sentence(Phrases.Fill(_random.Pick(language.Titles), language, _random));
        Things = [.. Enumerable.Range(0, 12).Select(Thing)];
        _terms = [.. Things.Select((thing, i) => Encoding.UTF8.GetBytes($"{language.Term.Before}{thing}{language.Term.Open}{(i + 1) * 10 + 1}{language.Term.Close}"))];
        _openers = [.. language.Openers.Select(Encoding.UTF8.GetBytes)];
        _comma = Encoding.UTF8.GetBytes(language.Marks.Comma);
        _stop = Encoding.UTF8.GetBytes(language.Marks.Stop);
    }

    public Language Language { get; }

    public string Title { get; }

    /// <summary>What the document is about, in the order of its reference numerals 11, 21, 31 …</summary>
    public IReadOnlyList<string> Things { get; }

    /// <summary>Sentences of about so many bytes in all.</summary>
    public void Paragraph(Utf8Text to, int bytes)
    {
        int end = to.Length + bytes;
        do
        {
            to.Raw(_random.Pick(_openers));
            to.Raw(_random.Pick(_terms));
            to.Raw(_phrases.Predicate(_random));
            for (int more = _random.Below(4); more > 0; more--)
            {
                to.Raw(_comma);
                to.Raw(_phrases.Clause(_shelf, _random));
            }
            to.Raw(_stop);
        }
        while (to.Length < end);
    }

    /// <summary>A claim: the first is about the first thing, the others depend on one before.</summary>
    public void Claim(Utf8Text to, int number, int features)
    {
        if (number > 1)
        {
            to.Add($"{Language.Dependent.Replace("{#}", _random.Between(1, number - 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)}");
        }
        to.Add($"{(number > 1 ? Things[0] : Title)}{Language.Characterized}");
        for (int feature = 0; feature < features; feature++)
        {
            to.Raw(_terms[(number + feature) % _terms.Length]);
            to.Raw(_phrases.Predicate(_random));
            to.Raw(_comma);
            to.Raw(_phrases.Clause(_shelf, _random));
            to.Raw(feature < features - 1 ? Language.Marks.Semicolon : Language.Marks.Stop.TrimEnd());
        }
    }

    private string Thing(int index) =>
        Phrases.Fill(Language.Code is "en" or "ko" ? "{A} {N}" : index % 3 == 0 ? "{N}" : "{A}{N}", Language, _random);

    private static string Sentence(string text) => text.Length > 0 && char.IsAsciiLetterLower(text[0]) ? char.ToUpperInvariant(text[0]) + text[1..] : text;
}
