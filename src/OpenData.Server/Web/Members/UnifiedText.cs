using OpenData.Server.Accounts.Oidc;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Members;

/// <summary>How pages speak of the unified login, and where they lead to it.</summary>
internal static class UnifiedText
{
    /// <summary>What the reader calls it.</summary>
    public static string NameOf(OidcProvider provider, Reader reader) => reader.IsChinese ? provider.Name.Zh : provider.Name.En;

    /// <summary>Where one goes to sign in, and from there to a path of this site.</summary>
    public static string StartFor(string back) => "/account/login/unified?return=" + Uri.EscapeDataString(back);
}
