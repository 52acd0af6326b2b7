using OpenData.Server.Accounts;
using OpenData.Server.Accounts.Oidc;

namespace OpenData.Tests.Accounts;

public sealed class OidcOptionsTests
{
    private static readonly OidcOptions s_good = new() { Authority = "https://login.example.org/realms/office", ClientId = "opendata", ClientSecret = "s" };

    [Fact]
    public void A_wrong_setting_of_the_unified_login_is_named()
    {
        Faults(new OidcOptions()).ShouldBeEmpty();
        Faults(s_good).ShouldBeEmpty();
        Faults(s_good with { Authority = "http://127.0.0.1:9000" }).ShouldBeEmpty();
        Faults(s_good with { Authority = "http://login.example.org" }).ShouldHaveSingleItem().ShouldContain("Oidc:Authority");
        Faults(s_good with { Authority = "login" }).ShouldHaveSingleItem().ShouldContain("Oidc:Authority");
        Faults(s_good with { Authority = null }).ShouldHaveSingleItem().ShouldContain("Oidc:Authority");
        Faults(s_good with { ClientId = " " }).ShouldHaveSingleItem().ShouldContain("Oidc:ClientId");
        Faults(s_good with { ClientSecretFile = "/nowhere/secret" }).Count().ShouldBe(2);
        Faults(s_good with { Name = new OidcName { Zh = "" } }).ShouldHaveSingleItem().ShouldContain("Oidc:Name");
        s_good.ToString().ShouldNotContain("ClientSecret");
    }

    [Fact]
    public void An_attempt_is_the_same_after_its_cookie_and_over_after_ten_minutes()
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddDays(20_000);
        LoginAttempt attempt = LoginAttempt.Begin(LoginAim.Again, "/账号?a=b.c", new string('a', 32), now);
        LoginAttempt kept = LoginAttempt.FromCookie(attempt.ToCookie()).ShouldNotBeNull();
        (kept.State, kept.Nonce, kept.Verifier, kept.Return, kept.Aim).ShouldBe((attempt.State, attempt.Nonce, attempt.Verifier, "/账号?a=b.c", LoginAim.Again));
        new[] { kept.State, kept.Nonce, kept.Verifier, kept.Challenge }.Distinct().Count().ShouldBe(4);
        kept.Verifier.Length.ShouldBe(43);
        kept.IsAnsweredBy(attempt.State, now.AddMinutes(10).AddSeconds(-1)).ShouldBeTrue();
        kept.IsAnsweredBy(attempt.State, now.AddMinutes(10)).ShouldBeFalse();
        kept.IsAnsweredBy(LoginAttempt.Begin(LoginAim.Again, "/账号?a=b.c", new string('a', 32), now).State, now).ShouldBeFalse();
        kept.IsAnsweredBy(null, now).ShouldBeFalse();
        kept.IsAnsweredBy("状态", now).ShouldBeFalse();
    }

    private static IEnumerable<string> Faults(OidcOptions oidc) => new AccountsOptions { Oidc = oidc }.Faults();
}
