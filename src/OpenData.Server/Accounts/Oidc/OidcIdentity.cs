namespace OpenData.Server.Accounts.Oidc;

/// <summary>Somebody as the unified login knows them (OpenID Connect Core, 2 and 5.1).</summary>
/// <param name="Issuer">Who says so.</param>
/// <param name="Subject">Never changes there, and is never given to another.</param>
/// <param name="Name">What they are called, or null.</param>
/// <param name="Email">Their address, or null; nobody confirmed it to us.</param>
/// <param name="AuthenticatedAt">When they last proved who they are, where it is said.</param>
public sealed record OidcIdentity(string Issuer, string Subject, string? Name, string? Email, DateTimeOffset? AuthenticatedAt);

/// <summary>What became of an exchange: an identity, or a fault.</summary>
/// <param name="Identity">Who it is, where all was right.</param>
/// <param name="Fault">What was not; meaningless with an identity.</param>
public readonly record struct OidcOutcome(OidcIdentity? Identity, OidcFault Fault);

/// <summary>Why a unified login did not work.</summary>
public enum OidcFault
{
    /// <summary>The person, or the provider, said no.</summary>
    Denied,

    /// <summary>It took too long, was used before, or began in another browser.</summary>
    Expired,

    /// <summary>What the provider answered cannot be trusted.</summary>
    Refused,

    /// <summary>The provider does not answer.</summary>
    Away,

    /// <summary>The account is suspended.</summary>
    Suspended,

    /// <summary>It is linked to another account.</summary>
    Taken,

    /// <summary>Somebody else, or no new sign-in, where the same person had to sign in again.</summary>
    NotYou,
}
