namespace OpenData.Server.Feedback;

/// <summary>What may become of an entry, and what a text must be like.</summary>
public static class FeedbackRules
{
    /// <summary>Longest texts, in characters (UTF-16).</summary>
    public const int LongestTitle = 120, LongestBody = 4000, LongestDocument = 200, LongestContact = 200, LongestReason = 500;

    /// <summary>True where the office may put an entry into another state, or leave it in its own. Whoever is told the end of it is told why: that takes an answer.</summary>
    /// <param name="from">Where it stands.</param>
    /// <param name="to">Where it shall stand.</param>
    /// <param name="answered">Whether it has an answer, with this one.</param>
    public static bool OfficeMay(FeedbackState from, FeedbackState to, bool answered) => from is not FeedbackState.Withdrawn && to switch
    {
        FeedbackState.Review => true,
        FeedbackState.Answered or FeedbackState.Resolved or FeedbackState.Declined => answered,
        _ => false,
    };

    /// <summary>True for a text in one line without anything that cannot be seen.</summary>
    public static bool IsLine(string text, int shortest, int longest) => text.Length >= shortest && text.Length <= longest && !text.Any(char.IsControl) && IsWellFormed(text);

    /// <summary>True for a text in lines.</summary>
    public static bool IsText(string text, int shortest, int longest) =>
        text.Length >= shortest && text.Length <= longest && !text.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) && IsWellFormed(text);

    /// <summary>A text as it is kept: lines end with LF, and nothing blank stands around it.</summary>
    public static string Tidy(string text) => text.ReplaceLineEndings("\n").Trim();

    /// <summary>Half a character (an unpaired surrogate) is none; PostgreSQL refuses it.</summary>
    private static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[++i])))
            {
                return false;
            }
        }
        return true;
    }
}
