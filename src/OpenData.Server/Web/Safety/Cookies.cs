namespace OpenData.Server.Web.Safety;

/// <summary>The kinds of cookies that mean something: for this host only, over TLS only (or to this very machine), out of reach of scripts and of other sites.</summary>
internal static class Cookies
{
    /// <summary>Sent with our own pages' requests only.</summary>
    public static CookieOptions ForUs => new() { Path = "/", Secure = true, HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true };

    /// <summary>Sent also where a link of another site leads here, so that who is signed in stays so; requests that change something ask for more.</summary>
    public static CookieOptions ForVisits(TimeSpan? life = null) => new() { Path = "/", Secure = true, HttpOnly = true, SameSite = SameSiteMode.Lax, IsEssential = true, MaxAge = life };
}
