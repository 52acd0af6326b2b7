using OpenData.Server.Accounts;
using OpenData.Server.Gateway;
using OpenData.Server.Mail;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Members;

/// <summary>What is written to people about their account, in the language that they registered in. Nothing where no mail is sent, or they gave no address.</summary>
internal sealed class AccountMail(Outbox outbox, AccountStore store, PublicAddress address)
{
    /// <summary>Sends the link that confirms the account's address, unless it is confirmed.</summary>
    public async Task ConfirmAsync(HttpContext http, Account account, CancellationToken stop)
    {
        if (outbox.IsOn && await store.ProfileAsync(account.Id, stop) is { Email: { } email, EmailConfirmedAt: null } profile)
        {
            string token = await store.NewEmailTokenAsync(account.Id, email, stop);
            await SendAsync(profile, email, "Members.Mail.Confirm", account, $"{address.Root(http.Request)}/account/confirm/{token}", stop);
        }
    }

    /// <summary>Tells an applicant what became of the application.</summary>
    public async Task AnswerAsync(HttpContext http, Account account, CancellationToken stop)
    {
        if (outbox.IsOn && await store.ProfileAsync(account.Id, stop) is { Email: { } email } profile)
        {
            string page = $"{address.Root(http.Request)}/account";
            if (account.State is AccountState.Active)
            {
                await SendAsync(profile, email, "Members.Mail.Approved", account, page, stop);
            }
            else if (await store.RefusalOfAsync(account.Id, stop) is { } refusal)
            {
                await SendAsync(profile, email, "Members.Mail.Refused", account, page, stop, refusal.Reason);
            }
        }
    }

    /// <summary>Sends the link that sets another password, where the address is confirmed.</summary>
    public async Task ForgottenAsync(HttpContext http, string nameOrEmail, CancellationToken stop)
    {
        if (await store.FindByConfirmedEmailAsync(nameOrEmail, stop) is { } found && found.Account.State is not AccountState.Suspended)
        {
            string token = await store.NewPasswordTokenAsync(found.Account.Id, stop);
            await SendAsync(found.Profile, found.Profile.Email!, "Members.Mail.Password", found.Account, $"{address.Root(http.Request)}/account/reset/{token}", stop);
        }
    }

    private Task SendAsync(Profile profile, string email, string text, Account account, string link, CancellationToken stop, string? reason = null)
    {
        Reader reader = Reader.Of(LanguageChoice.Parse(profile.Language) ?? SiteLanguage.En);
        string body = reader.Text(text, account.Name, link, reason).ReplaceLineEndings("\r\n");
        return outbox.AddAsync(email, reader.Text(text + ".Subject", account.Name), $"{body}\r\n\r\n-- \r\n{reader["Site.Name"]}\r\n", stop);
    }
}
