namespace OpenData.Server.Audit;

/// <summary>A line of the trail.</summary>
public sealed record AuditEntry
{
    /// <summary>Its id; ids rise with time.</summary>
    public required string Id { get; init; }

    /// <summary>When, in UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc cref="AuditAct.Actor"/>
    public required string Actor { get; init; }

    /// <inheritdoc cref="AuditAct.Action"/>
    public required string Action { get; init; }

    /// <inheritdoc cref="AuditAct.Subject"/>
    public required string Subject { get; init; }

    /// <inheritdoc cref="AuditAct.Before"/>
    public string? Before { get; init; }

    /// <inheritdoc cref="AuditAct.After"/>
    public string? After { get; init; }

    /// <inheritdoc cref="AuditAct.Reason"/>
    public string? Reason { get; init; }

    /// <inheritdoc cref="AuditAct.Address"/>
    public string? Address { get; init; }
}
