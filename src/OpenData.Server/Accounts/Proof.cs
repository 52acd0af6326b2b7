using OpenData.Format;

namespace OpenData.Server.Accounts;

/// <summary>A file by which an organization shows who it is, or what for it asks: seen by the office only.</summary>
public sealed record Proof
{
    /// <summary>The longest content, in bytes.</summary>
    public const int LongestContent = 10_000_000;

    /// <summary>Proofs that an account may have.</summary>
    public const int PerAccount = 5;

    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Whose.</summary>
    public required string AccountId { get; init; }

    /// <summary>What it is called; see <see cref="ProofName"/>.</summary>
    public required string Name { get; init; }

    /// <summary>What its bytes say that it is.</summary>
    public required ProofType Type { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Of its content.</summary>
    public required Sha256Digest Sha256 { get; init; }

    /// <summary>When it came, UTC.</summary>
    public required DateTimeOffset UploadedAt { get; init; }
}
