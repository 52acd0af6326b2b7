using OpenData.Format;

namespace OpenData.Server.Accounts;

/// <summary>What is kept of an <see cref="ApiKey"/>.</summary>
public sealed record StoredKey
{
    /// <summary>The public part, 16 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required string AccountId { get; init; }

    /// <summary>What its owner calls it.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of the secret.</summary>
    public required Sha256Digest SecretHash { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The first moment at which it no longer works, or null.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked, or null.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>What it is limited to, as the database has it; null for nothing.</summary>
    public string? Scope { get; init; }

    /// <summary>What it is limited to; <see cref="KeyScope.Nothing"/> where that cannot be read.</summary>
    public KeyScope Limits => KeyScope.TryParse(Scope, out KeyScope limits) is null && (Scope is null || limits.ToString() == Scope) ? limits : KeyScope.Nothing;

    /// <summary>When it was last used, to about a minute; null where never.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}
