using OpenData.Server.Audit;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;

namespace OpenData.Server.Web.Desk;

/// <summary>The page of withdrawals.</summary>
public sealed record WithdrawalsView
{
    /// <summary>Days for which readers are told.</summary>
    public const int Days = 90;

    /// <summary>What is asked for.</summary>
    public required WithdrawalAsked Asked { get; init; }

    /// <summary>All codes.</summary>
    public required IReadOnlyList<string> Datasets { get; init; }

    /// <summary>What it would do; null where nothing is asked for, or there is nothing to withdraw.</summary>
    public required WithdrawalEffect? Effect { get; init; }

    /// <summary>The revision that would follow.</summary>
    public required int NextRevision { get; init; }

    /// <summary>Who downloaded it in the last days, with the account's name; null for everybody without one.</summary>
    public required IReadOnlyList<(ReleaseReader Reader, string? Name)> Readers { get; init; }

    /// <summary>Documents that were withdrawn, the latest first.</summary>
    public required IReadOnlyList<WithdrawnDocument> Documents { get; init; }

    /// <summary>Releases that were withdrawn, the latest first, with the names of who did.</summary>
    public required IReadOnlyList<AuditEntry> Acts { get; init; }

    /// <summary>True where the form asks for the password.</summary>
    public required bool AsksPassword { get; init; }

    /// <summary>What was just done, or why not: the name of a text, or null.</summary>
    public string? Notice { get; init; }

    /// <summary>What was typed as the reason.</summary>
    public string? Reason { get; init; }
}
