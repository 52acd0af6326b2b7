using OpenData.Server.Accounts;
using OpenData.Server.Catalog;

namespace OpenData.Server.Web.Desk.Accounts;

/// <summary>What the officers' list of accounts shows.</summary>
public sealed record AccountsView
{
    /// <summary>Accounts on a page.</summary>
    public const int PageSize = 50;

    /// <summary>Who waits for an answer, the longest first; on the first page only.</summary>
    public required IReadOnlyList<Applicant> Waiting { get; init; }

    /// <summary>What those added as proofs, by account.</summary>
    public required ILookup<string, Proof> Proofs { get; init; }

    /// <summary>How many wait in all.</summary>
    public required int WaitingCount { get; init; }

    /// <summary>What is looked for.</summary>
    public required AccountSearch Search { get; init; }

    /// <summary>What was found.</summary>
    public required IReadOnlyList<Account> Accounts { get; init; }

    /// <summary>The name to go on after, or null.</summary>
    public required string? Next { get; init; }

    /// <summary>All tiers that an account may have.</summary>
    public required IReadOnlyList<Tier> Tiers { get; init; }

    /// <summary>Who looks.</summary>
    public required Account Officer { get; init; }

    /// <summary>What was just done, or why not: the name of a text, or null.</summary>
    public string? Notice { get; init; }
}
