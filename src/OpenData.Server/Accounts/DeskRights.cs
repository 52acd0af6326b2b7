namespace OpenData.Server.Accounts;

/// <summary>What roles allow at the desk, on pages and over the API alike.</summary>
public static class DeskRights
{
    /// <summary>True where an account may make a request to what is for these roles: to look (GET, HEAD), or to change something.</summary>
    public static bool May(this Account account, string method, params ReadOnlySpan<string> roles) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? account.MayLookAt(roles) : account.MayChange(roles);

    /// <summary>True for who has one of the roles, and for an auditor.</summary>
    public static bool MayLookAt(this Account account, params ReadOnlySpan<string> roles) => account.MayChange(roles) || (account.State is AccountState.Active && account.Has(Role.Auditor));

    /// <summary>True for who has one of the roles.</summary>
    public static bool MayChange(this Account account, params ReadOnlySpan<string> roles)
    {
        if (account.State is not AccountState.Active)
        {
            return false;
        }
        foreach (string role in roles)
        {
            if (account.Has(role))
            {
                return true;
            }
        }
        return account.IsAdmin;
    }
}
