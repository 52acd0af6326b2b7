namespace OpenData.Server.Feedback;

/// <summary>Which entries a list shows.</summary>
public sealed record FeedbackFilter
{
    /// <summary>Of this kind, or null for both.</summary>
    public FeedbackKind? Kind { get; init; }

    /// <summary>In one of these states; empty for all.</summary>
    public IReadOnlyList<FeedbackState> States { get; init; } = [];

    /// <summary>About this dataset, or null.</summary>
    public string? Dataset { get; init; }

    /// <summary>Written by this account, or null.</summary>
    public string? AccountId { get; init; }

    /// <summary>Only what everybody may read.</summary>
    public bool PublicOnly { get; init; }

    /// <summary>Only what the office hid.</summary>
    public bool HiddenOnly { get; init; }
}
