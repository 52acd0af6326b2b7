using OpenData.Server.Accounts;

namespace OpenData.Server.Web.Desk;

/// <summary>Who is meant by the actor of a line: an account's name as it is now, or what the shell told.</summary>
internal sealed class ActorNames(CurrentAccounts accounts)
{
    private const string Prefix = "account:";

    /// <summary>The name to be shown.</summary>
    public string Of(string actor) => actor.StartsWith(Prefix, StringComparison.Ordinal) && accounts.Current.TryGetAccount(actor[Prefix.Length..], out Account? account) ? account.Name : actor;

    /// <summary>The actor that somebody means who types a name; where there is no such account the text as it is.</summary>
    public string ActorOf(string text) => accounts.Current.Accounts.FirstOrDefault(entry => entry.Account.Name == text)?.Account is { } account ? Prefix + account.Id : text;
}
