namespace OpenData.Server.Accounts;

/// <summary>Whose account an officer may change, so that a role cannot be used to get another one, nor to lock out those who give them.</summary>
public static class OfficerRights
{
    /// <summary>Officers change accounts without a role; admins change all. Nobody changes their own account here.</summary>
    public static bool MayManage(this Account officer, Account account) =>
        officer.State is AccountState.Active
        && officer.Id != account.Id
        && (officer.IsAdmin || (officer.Has(Role.AccountOfficer) && !account.HasDesk));

    /// <summary>Roles are given by admins, and never to oneself.</summary>
    public static bool MayGiveRoles(this Account officer, Account account) => officer.IsAdmin && officer.MayManage(account);
}
