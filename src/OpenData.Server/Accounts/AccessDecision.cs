using OpenData.Server.Catalog;

namespace OpenData.Server.Accounts;

/// <summary>Whether a caller may download a dataset, and if not what is missing first.</summary>
/// <param name="Kind">The decision.</param>
/// <param name="TermsId">With <see cref="AccessKind.NeedsTerms"/>: which.</param>
/// <param name="TermsVersion">With <see cref="AccessKind.NeedsTerms"/>: in which version.</param>
public readonly record struct AccessDecision(AccessKind Kind, string? TermsId = null, int TermsVersion = 0)
{
    /// <summary>True where nothing is missing.</summary>
    public bool IsAllowed => Kind == AccessKind.Allowed;

    /// <summary>Decides for a caller: what its account may, within what its key is limited to.</summary>
    public static AccessDecision Decide(Dataset dataset, DatasetCatalog catalog, Caller caller) =>
        caller.Limits is { } limits && !limits.MayDownload(dataset.Code)
            ? new AccessDecision(AccessKind.BeyondKey)
            : Decide(dataset, catalog, caller.Account);

    /// <summary>
    /// Decides. A suspended account gets nothing, not even what is open to anybody; a pending one gets what anybody gets. What a dataset
    /// asks for but the catalog cannot say (terms that are not there) nobody has.
    /// </summary>
    public static AccessDecision Decide(Dataset dataset, DatasetCatalog catalog, Account? account)
    {
        if (account?.State is AccountState.Suspended)
        {
            return new AccessDecision(AccessKind.Suspended);
        }
        if (dataset.Access is AccessLevel.Open)
        {
            return new AccessDecision(AccessKind.Allowed);
        }
        if (account is null)
        {
            return new AccessDecision(AccessKind.NeedsAccount);
        }
        if (account.State is AccountState.Pending)
        {
            return new AccessDecision(AccessKind.Pending);
        }
        if (dataset.Access is AccessLevel.Registered)
        {
            return new AccessDecision(AccessKind.Allowed);
        }
        if (dataset.Terms is { } id
            && (!catalog.Terms.TryGetValue(id, out Terms? terms) || account.AcceptedTerms.GetValueOrDefault(id) < terms.Version))
        {
            return new AccessDecision(AccessKind.NeedsTerms, id, catalog.Terms.GetValueOrDefault(id)?.Version ?? 0);
        }
        bool asksForGrant = dataset.Access is AccessLevel.Restricted || dataset.Terms is null;
        return new AccessDecision(asksForGrant && !account.GrantedDatasets.Contains(dataset.Code) ? AccessKind.NeedsGrant : AccessKind.Allowed);
    }
}

/// <summary>Whether a caller may download, or what is missing.</summary>
public enum AccessKind
{
    /// <summary>It may.</summary>
    Allowed,

    /// <summary>An account; 401.</summary>
    NeedsAccount,

    /// <summary>Terms that it has not accepted in the version in force; 403.</summary>
    NeedsTerms,

    /// <summary>A grant of this dataset by a curator; 403.</summary>
    NeedsGrant,

    /// <summary>The account's confirmation; 403.</summary>
    Pending,

    /// <summary>The account is suspended; 403.</summary>
    Suspended,

    /// <summary>Another key: this one is not for the dataset; 403.</summary>
    BeyondKey,
}
