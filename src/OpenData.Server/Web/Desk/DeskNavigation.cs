using OpenData.Server.Accounts;
using OpenData.Server.Web.Desk.Catalog;

namespace OpenData.Server.Web.Desk;

/// <summary>The pages of the desk, in the order of its navigation. Whoever adds a page adds its line here.</summary>
public static class DeskNavigation
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<DeskEntry> Entries { get; } =
    [
        new("/admin", "Desk.Overview", [.. Role.All]),
        new("/admin/holds", "Desk.Holds", Role.Curator),
        new("/admin/editions", "Desk.Editions", Role.Curator),
        new("/admin/runs", "Desk.Runs", Role.Curator),
        new("/admin/schedule", "Desk.Schedule", Role.Curator),
        new("/admin/back-files", "Desk.BackFiles", Role.Curator),
        new("/admin/withdrawals", "Desk.Withdrawals", Role.Curator),
        new("/admin/stored", "Desk.Stored", Role.Curator),
        new("/admin/accounts", "DeskAccounts.Title", Role.AccountOfficer),
        new("/admin/feedback", "Feedback.Desk", Role.Curator),
        new("/admin/feedback/ratings", "Rating.Desk", Role.Curator),
        new("/admin/statistics", "Statistics.Desk", Role.Curator, Role.AccountOfficer),
        new(DirectoryPages.Home, "Directory.Title", Role.Curator),
        new("/admin/audit", "Desk.Audit", Role.Auditor),
    ];

    /// <summary>Those that an account may look at.</summary>
    public static IEnumerable<DeskEntry> For(Account account) => Entries.Where(entry => account.MayLookAt(entry.Roles));

    /// <summary>The entry that an address belongs to; the longest one, since every address begins with the desk's own.</summary>
    public static DeskEntry? Of(PathString path) => Entries.Where(entry => path.StartsWithSegments(entry.Address)).MaxBy(entry => entry.Address.Length);
}

/// <summary>A page of the desk.</summary>
/// <param name="Address">Its address; those below it belong to it.</param>
/// <param name="Text">The name of the text by which it is called.</param>
/// <param name="Roles">Who may use it, beside admins and auditors, who see all; the same as its <see cref="Safety.RoleGuard"/>.</param>
public sealed record DeskEntry(string Address, string Text, params string[] Roles);
