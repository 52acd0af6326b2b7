using System.Collections.Frozen;

namespace OpenData.Server.Accounts;

/// <summary>Somebody who may download more than anybody may. Immutable; it holds no secrets and may be logged.</summary>
public sealed record Account
{
    /// <summary>32 hexadecimal digits; never changes and is never used again.</summary>
    public required string Id { get; init; }

    /// <summary>Unique; what people call it by.</summary>
    public required string Name { get; init; }

    /// <summary>Whom it stands for, where told.</summary>
    public string? Organization { get; init; }

    /// <summary>Its tier's id in the catalog.</summary>
    public required string Tier { get; init; }

    /// <summary>Whether it may be used.</summary>
    public required AccountState State { get; init; }

    /// <summary>What else it may do, such as <see cref="Role.Admin"/>.</summary>
    public FrozenSet<string> Roles { get; init; } = [];

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The newest version of each terms that it accepted, by the terms' id.</summary>
    public FrozenDictionary<string, int> AcceptedTerms { get; init; } = FrozenDictionary<string, int>.Empty;

    /// <summary>Codes of the restricted datasets that it was granted by name.</summary>
    public FrozenSet<string> GrantedDatasets { get; init; } = [];

    /// <summary>True for those who may do everything.</summary>
    public bool IsAdmin => Roles.Contains(Role.Admin);

    /// <summary>True where it has the role, or <see cref="Role.Admin"/>, who has them all.</summary>
    public bool Has(string role) => IsAdmin || Roles.Contains(role);

    /// <summary>True where it has a role at all, and with it the desk.</summary>
    public bool HasDesk => Roles.Count > 0;
}

/// <summary>Whether an account may be used. Stored by their lower-case names.</summary>
public enum AccountState
{
    /// <summary>In good standing.</summary>
    Active,

    /// <summary>Stopped by a curator: nothing works, running downloads end.</summary>
    Suspended,

    /// <summary>Not confirmed yet: it cannot be used for anything that needs an account.</summary>
    Pending,
}

/// <summary>Names of roles, beyond the downloading that every account may do.</summary>
public static class Role
{
    /// <summary>Everything that the others may, and giving roles.</summary>
    public const string Admin = "admin";

    /// <summary>Editions, releases, runs, the data directory, and what readers report and ask for.</summary>
    public const string Curator = "curator";

    /// <summary>Accounts: who is let in, with which tier and for which restricted data.</summary>
    public const string AccountOfficer = "account-officer";

    /// <summary>Sees all that the others see, the audit trail too, and changes nothing.</summary>
    public const string Auditor = "auditor";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Admin, Curator, AccountOfficer, Auditor];
}
