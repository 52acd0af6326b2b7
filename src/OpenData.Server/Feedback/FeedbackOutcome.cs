namespace OpenData.Server.Feedback;

/// <summary>What came of an act.</summary>
public enum FeedbackOutcome
{
    /// <summary>It is done; or it was done before by this very form.</summary>
    Done,

    /// <summary>There is no such entry, or not for whoever asked.</summary>
    NotFound,

    /// <summary>The account wrote as much as it may in a day.</summary>
    TooMany,

    /// <summary>Somebody else changed the entry meanwhile; nothing was done.</summary>
    Changed,

    /// <summary>The state cannot be reached from where it stands, or not without an answer; or the text is none.</summary>
    Refused,
}

/// <param name="Outcome">What came of it.</param>
/// <param name="Number">The entry's number; 0 where there is none.</param>
public readonly record struct FeedbackResult(FeedbackOutcome Outcome, long Number = 0);
