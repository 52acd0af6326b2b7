using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;

namespace OpenData.Server.Web.Desk.Accounts;

/// <summary>All that the office knows of one account.</summary>
public sealed record AccountFile
{
    /// <summary>Days of usage that are shown.</summary>
    public const int Days = 90;

    /// <summary>Lines of the audit, and sign-ins, that are shown.</summary>
    public const int Lines = 50;

    /// <summary>The account.</summary>
    public required Account Account { get; init; }

    /// <summary>What it told when it registered, or null.</summary>
    public required Profile? Profile { get; init; }

    /// <summary>What it added as proofs, the oldest first.</summary>
    public required IReadOnlyList<Proof> Proofs { get; init; }

    /// <summary>Why it was not let in, or null.</summary>
    public required Refused? Refusal { get; init; }

    /// <summary>All tiers that an account may have.</summary>
    public required IReadOnlyList<Tier> Tiers { get; init; }

    /// <summary>Restricted datasets that it was not granted.</summary>
    public required IReadOnlyList<Dataset> Grantable { get; init; }

    /// <summary>Its keys, the newest first.</summary>
    public required IReadOnlyList<StoredKey> Keys { get; init; }

    /// <summary>Its sign-ins on the site, the newest first.</summary>
    public required IReadOnlyList<Session> Sessions { get; init; }

    /// <summary>Bytes of each of the last days, the oldest first.</summary>
    public required IReadOnlyList<DayUsage> Usage { get; init; }

    /// <summary>The same by dataset.</summary>
    public required IReadOnlyList<DatasetUsage> Datasets { get; init; }

    /// <summary>What was changed of it, the newest first.</summary>
    public required IReadOnlyList<AuditLine> Audit { get; init; }

    /// <summary>Names of the actors of the audit, where they are accounts.</summary>
    public required IReadOnlyDictionary<string, string> Actors { get; init; }

    /// <summary>Who looks.</summary>
    public required Account Officer { get; init; }

    /// <summary>The time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>What was just done, or why not: the name of a text, or null.</summary>
    public string? Notice { get; init; }

    /// <summary>Whether who looks may change it.</summary>
    public bool MayManage => Officer.MayManage(Account);

    /// <summary>Whether who looks may give it roles.</summary>
    public bool MayGiveRoles => Officer.MayGiveRoles(Account);
}
