using OpenData.Format;
using OpenData.Server.Accounts;

namespace OpenData.Tests.Accounts;

public sealed class ApiKeyTests
{
    [Fact]
    public void A_key_proves_itself_and_no_other()
    {
        IssuedKey issued = ApiKey.Create();
        issued.Reveal().Length.ShouldBe(ApiKey.Length);
        ApiKey.TryParse(issued.Reveal(), out ApiKey key).ShouldBeTrue();
        key.Id.ToString().ShouldBe(issued.Id);
        key.Proves(issued.SecretHash).ShouldBeTrue();
        key.Proves(ApiKey.Create().SecretHash).ShouldBeFalse();
        key.Proves(default).ShouldBeFalse();
    }

    [Fact]
    public void What_is_kept_is_the_hash_of_the_secret_and_what_is_printed_by_accident_is_the_id()
    {
        IssuedKey issued = ApiKey.Create();
        string secret = issued.Reveal()[^64..];
        issued.SecretHash.ShouldBe(Sha256Digest.Of(Convert.FromHexString(secret)));
        $"{issued}".ShouldBe($"odk_{issued.Id}_…");
    }

    [Theory]
    [InlineData("")]
    [InlineData("odk_")]
    [InlineData("odk_0123456789abcdef")]
    [InlineData("ODK_0123456789abcdef_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("odk_0123456789ABCDEF_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("odk_0123456789abcdef_000000000000000000000000000000000000000000000000000000000000000A")]
    [InlineData("odk_0123456789abcdef_000000000000000000000000000000000000000000000000000000000000000g")]
    [InlineData("odk_0123456789abcdef-0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("odk_0123456789abcdef_00000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(" odk_0123456789abcdef_0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("odk_0123456789abcdef_0000000000000000000000000000000000000000000000000000000000000000\n")]
    [InlineData("odk_0123456789abcde٠_0000000000000000000000000000000000000000000000000000000000000000")]
    public void Anything_but_the_exact_form_is_no_key(string text) => ApiKey.TryParse(text, out _).ShouldBeFalse();
}
