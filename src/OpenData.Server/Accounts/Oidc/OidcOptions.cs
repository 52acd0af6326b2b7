namespace OpenData.Server.Accounts.Oidc;

/// <summary>The organization's unified login (OpenID Connect Core 1.0). Configuration section <c>OpenData:Accounts:Oidc</c>; without <see cref="Authority"/> there is none.</summary>
public sealed record OidcOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = AccountsOptions.Section + ":Oidc";

    /// <summary>The issuer's address, below which <c>/.well-known/openid-configuration</c> is; https, or http on this machine. Null or empty for no unified login.</summary>
    public string? Authority { get; init; }

    /// <summary>What this service is called there.</summary>
    public string? ClientId { get; init; }

    /// <summary>Its secret there; null where it has none (a public client).</summary>
    public string? ClientSecret { get; init; }

    /// <summary>A file with the secret, instead of <see cref="ClientSecret"/>.</summary>
    public string? ClientSecretFile { get; init; }

    /// <summary>What people call it, in Chinese and English; default 统一身份认证 and "unified login".</summary>
    public OidcName Name { get; init; } = new();

    /// <summary>True where there is a unified login.</summary>
    public bool IsOn => !string.IsNullOrEmpty(Authority);

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (!IsOn)
        {
            if (ClientId is not null || ClientSecret is not null || ClientSecretFile is not null)
            {
                yield return $"{Section}:Authority is missing; without it there is no unified login, and its other settings mean nothing.";
            }
            yield break;
        }
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out Uri? address) || !IsSafe(address) || address.Query.Length > 0 || address.Fragment.Length > 0 || address.UserInfo.Length > 0)
        {
            yield return $"{Section}:Authority is '{Authority}'; it must be the issuer's address, such as https://login.example.org/realms/office, with https (http only on this very machine).";
        }
        if (string.IsNullOrWhiteSpace(ClientId))
        {
            yield return $"{Section}:ClientId is missing; it is what the unified login calls this service.";
        }
        if (ClientSecret is not null && ClientSecretFile is not null)
        {
            yield return $"{Section}:ClientSecret and {Section}:ClientSecretFile are both set; set one of them.";
        }
        if (ClientSecretFile is not null && !File.Exists(ClientSecretFile))
        {
            yield return $"{Section}:ClientSecretFile is '{ClientSecretFile}', which is not there.";
        }
        if (Name.Zh.Trim().Length is 0 or > 50 || Name.En.Trim().Length is 0 or > 50)
        {
            yield return $"{Section}:Name:Zh and :En must be 1 to 50 characters: they stand on a button.";
        }
    }

    /// <summary>Whether secrets may go to an address: encrypted, or within this machine.</summary>
    internal static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    /// <summary>Without the secret, for whatever writes records into logs.</summary>
    public override string ToString() => $"{Authority} ({ClientId})";
}

/// <summary>A name in both languages of the site.</summary>
public sealed record OidcName
{
    /// <summary>In Chinese.</summary>
    public string Zh { get; init; } = "统一身份认证";

    /// <summary>In English.</summary>
    public string En { get; init; } = "unified login";
}
