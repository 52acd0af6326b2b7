using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace OpenData.Server.Packaging;

/// <summary>
/// What is said of a run or an edition: a sentence, which each reader has in their language, or words as somebody typed them or as they were stored before there were
/// sentences.
/// </summary>
public sealed record Words
{
    /// <summary>Of how many findings the reason of a hold tells.</summary>
    public const int MostHeldFor = 3;

    private Words(string english, Sentence? sentence) => (English, Sentence) = (english, sentence);

    /// <summary>The English text of a sentence; other words as they are.</summary>
    public string English { get; }

    /// <summary>The sentence; null where it is words of somebody's.</summary>
    public Sentence? Sentence { get; }

    /// <summary>
    /// How a column of text keeps it: a sentence as the JSON array that it is (<c>["stopped-by-curator","the wrong delivery"]</c>), words as they are.
    /// <see cref="Read"/> reads either.
    /// </summary>
    public string Stored => (Sentence ?? (Read(English) == this ? null : Reasons.AsTyped.With(English)))?.ToJson() ?? English;

    // As it fills a place of another sentence.
    private object Value => (object?)Sentence ?? English;

    /// <summary>Words as they are.</summary>
    public static implicit operator Words(string text) => new(text, null);

    /// <summary>A sentence.</summary>
    public static implicit operator Words(Sentence sentence) => new(sentence.English, sentence);

    /// <summary>A phrase that says something by itself.</summary>
    public static implicit operator Words(Phrase phrase) => (Sentence)phrase;

    /// <inheritdoc/>
    public override string ToString() => English;

    /// <summary>Why something failed: a sentence where it is one of ours, with what an operating system or a library says as they say it.</summary>
    public static Words OfFailure(Exception failure) => Phrases.Known(failure.Message) as Sentence ?? Reasons.SystemSays.With(failure.Message);

    /// <summary>Why an edition is held: what the first of the findings say that hold it.</summary>
    public static Words OfHold(IEnumerable<Finding> findings)
    {
        Words? all = null;
        foreach (Finding finding in findings.Where(finding => finding.Holds).Take(MostHeldFor))
        {
            Words one = finding.Sentence is { } sentence ? sentence : finding.Message;
            all = all is null ? one : Reasons.Then.With(all.Value, one.Value);
        }
        return all ?? "";
    }

    /// <summary>What a column keeps; a sentence with a phrase that this version does not know stays the text that it is.</summary>
    [return: NotNullIfNotNull(nameof(stored))]
    public static Words? Read(string? stored)
    {
        if (stored is not ['[', ..])
        {
            return stored is null ? null : new Words(stored, null);
        }
        try
        {
            using JsonDocument json = JsonDocument.Parse(stored);
            return Sentence.Read(json.RootElement) switch
            {
                null => new Words(stored, null),
                { } typed when typed.Phrase == Reasons.AsTyped => new Words(typed.English, null),
                { } sentence => sentence,
            };
        }
        catch (JsonException)
        {
            return new Words(stored, null); // words that begin with a bracket
        }
    }
}
