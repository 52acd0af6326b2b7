namespace OpenData.Server.Catalog.Edits;

/// <summary>What became of an edit.</summary>
public enum EditState
{
    /// <summary>It waits for a second curator.</summary>
    Proposed,

    /// <summary>It stands over the files, unless a newer edit of the same file does.</summary>
    InForce,

    /// <summary>A second curator, or its author, put it away before it was in force.</summary>
    Rejected,

    /// <summary>It was in force and was taken back.</summary>
    Undone,
}

/// <summary>A change of one or more texts of the catalog that somebody made on the site.</summary>
public sealed record CatalogEdit
{
    /// <summary>Rises with every edit.</summary>
    public required long Id { get; init; }

    /// <summary>What became of it.</summary>
    public required EditState State { get; init; }

    /// <summary>The version at which it came into force; null where it never was.</summary>
    public long? InForce { get; init; }

    /// <summary>Who made it: <c>account:ID</c>.</summary>
    public required string Author { get; init; }

    /// <summary>Why, in the author's words.</summary>
    public required string Reason { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who let it in or rejected it; null without a review.</summary>
    public string? Reviewer { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? ReviewedAt { get; init; }

    /// <summary>Who undid it.</summary>
    public string? UndoneBy { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? UndoneAt { get; init; }

    /// <summary>Its texts, by path.</summary>
    public IReadOnlyList<EditedText> Files { get; init; } = [];
}

/// <summary>One text of an edit.</summary>
public sealed record EditedText
{
    /// <summary>The edit.</summary>
    public required long Edit { get; init; }

    /// <summary>Below the catalog folder, such as <c>datasets/CN/CN-PA-TXTS-10-A.yaml</c>.</summary>
    public required string Path { get; init; }

    /// <summary>What was in force when it was made; null where there was nothing.</summary>
    public string? Before { get; init; }

    /// <summary>What the file itself held then; null where there was none. Where it holds something else today, somebody changed both.</summary>
    public string? OnDisk { get; init; }

    /// <summary>The new text.</summary>
    public required string Text { get; init; }
}
