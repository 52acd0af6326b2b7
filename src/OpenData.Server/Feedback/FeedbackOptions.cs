namespace OpenData.Server.Feedback;

/// <summary>What readers may write. Configuration section <c>OpenData:Feedback</c>.</summary>
public sealed record FeedbackOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Feedback";

    /// <summary>Reports and requests that an account may write in any 24 hours, 1 to 1,000; default 20.</summary>
    public int PerDay { get; init; } = 20;

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (PerDay is < 1 or > 1000)
        {
            yield return $"{Section}:PerDay is {PerDay}; it must be between 1 and 1000.";
        }
    }
}
