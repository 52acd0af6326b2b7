namespace OpenData.Server.Feeds.Webhooks;

/// <summary>Who is told of changes by HTTP, and how far.</summary>
public sealed record Webhook
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required string AccountId { get; init; }

    /// <summary>Where changes are posted to.</summary>
    public required string Url { get; init; }

    /// <summary>Codes of the datasets that are told of, parted by single spaces; empty for all.</summary>
    public required string Datasets { get; init; }

    /// <summary>Signs what is sent.</summary>
    public required byte[] Secret { get; init; }

    /// <summary><c>active</c> or <c>disabled</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why the last attempt failed, or why it is disabled.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was made, in UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The last change that was delivered or is none of the subscriber's.</summary>
    public required long Serial { get; init; }

    /// <summary>When one was delivered last.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>Since when every attempt failed.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Failed attempts in a row.</summary>
    public required int Failures { get; init; }

    /// <summary>When it is tried again.</summary>
    public required DateTimeOffset NextAt { get; init; }

    /// <summary>The number of the sender that has it now.</summary>
    public required long Lease { get; init; }

    /// <summary>True where a change of this dataset is told.</summary>
    public bool Wants(string dataset) => Datasets.Length == 0 || Datasets.Split(' ').Contains(dataset, StringComparer.Ordinal);
}
