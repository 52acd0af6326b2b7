using FsCheck;
using FsCheck.Fluent;
using OpenData.Server.Accounts;

namespace OpenData.Tests.Accounts;

public sealed class SignedLinkTests
{
    private const string Path = "/files/CN-PA-TXTS-10-A/2026-01-02/r1/CN-PA-TXTS-10-A_2026-01-02_r1_001.zip/CN/一 é.xml";
    private const string KeyId = "0123456789abcdef";

    private static readonly byte[] Secret = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly DateTimeOffset Expires = new(2026, 1, 9, 0, 0, 0, TimeSpan.Zero);
    private static readonly string Query = SignedLink.Sign(Secret, Path, KeyId, Expires);

    [Fact]
    public void A_link_is_valid_as_it_was_signed()
    {
        IsValid(Path, Query, Secret).ShouldBeTrue();
        IsValid(Path, "?" + Query, Secret).ShouldBeTrue();
        SignedLink.TryParse(Query, out SignedLink link).ShouldBeTrue();
        link.KeyId.ToString().ShouldBe(KeyId);
        link.Expires.ShouldBe(Expires);
    }

    [Fact]
    public void The_signature_is_the_one_that_the_documentation_describes()
    {
        byte[] message = System.Text.Encoding.UTF8.GetBytes($"opendata-link-1\nGET\n{Expires.ToUnixTimeSeconds()}\n{KeyId}\n{Path}");
        string signature = Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData(Secret, message)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        Query.ShouldBe($"kid={KeyId}&exp={Expires.ToUnixTimeSeconds()}&sig={signature}");
    }

    [Fact]
    public void Every_flipped_bit_of_the_query_is_refused_and_still_seen_as_a_link()
    {
        for (int at = 0; at < Query.Length; at++)
        {
            for (int bit = 0; bit < 16; bit++)
            {
                string mutated = Flip(Query, at, bit);
                IsValid(Path, mutated, Secret).ShouldBeFalse(mutated);
                SignedLink.IsAttempt(mutated).ShouldBeTrue(mutated);
            }
        }
    }

    [Fact]
    public void Every_flipped_bit_of_the_path_is_refused()
    {
        for (int at = 0; at < Path.Length; at++)
        {
            for (int bit = 0; bit < 16; bit++)
            {
                IsValid(Flip(Path, at, bit), Query, Secret).ShouldBeFalse();
            }
        }
    }

    [Fact]
    public void Every_flipped_bit_of_the_secret_is_refused()
    {
        for (int bit = 0; bit < 8 * Secret.Length; bit++)
        {
            byte[] other = [.. Secret];
            other[bit / 8] ^= (byte)(1 << (bit % 8));
            IsValid(Path, Query, other).ShouldBeFalse();
        }
    }

    [Fact]
    public void Any_other_path_or_query_is_refused()
    {
        // One character put in, left out or replaced, anywhere.
        Gen<string> edits =
            from whole in Gen.Elements(Path, Query)
            from at in Gen.Choose(0, whole.Length - 1)
            from kind in Gen.Choose(0, 2)
            from c in Gen.Choose(1, 0x2FF)
            select kind switch
            {
                0 => whole.Insert(at, $"{(char)c}"),
                1 => whole.Remove(at, 1),
                _ => whole.Remove(at, 1).Insert(at, $"{(char)c}"),
            };
        Prop.ForAll(
            Arb.From(edits),
            edited => edited == Path || edited == Query || edited == "?" + Query || !(edited.StartsWith("/f", StringComparison.Ordinal) ? IsValid(edited, Query, Secret) : IsValid(Path, edited, Secret)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?page=2")]
    [InlineData("?kidney=1&expert=2&signal=3")]
    public void Another_query_is_no_link(string query) => SignedLink.IsAttempt(query).ShouldBeFalse();

    [Theory]
    [InlineData("kid=0123456789abcdef&exp=0100&sig=")]
    [InlineData("kid=0123456789abcdef&exp=+100&sig=")]
    [InlineData("kid=0123456789abcdef&exp=-100&sig=")]
    [InlineData("kid=0123456789abcdef&exp=99999999999999&sig=")]
    [InlineData("kid=0123456789abcdef&exp=99999999999999999999999&sig=")]
    [InlineData("kid=0123456789abcdef&exp=&sig=")]
    [InlineData("kid=&exp=100&sig=")]
    [InlineData("exp=100&kid=0123456789abcdef&sig=")]
    [InlineData("kid=0123456789abcdef&sig=")]
    public void A_malformed_query_is_no_valid_link_but_an_attempt(string query)
    {
        query += new string('A', 43);
        SignedLink.TryParse(query, out _).ShouldBeFalse();
        SignedLink.IsAttempt(query).ShouldBeTrue();
    }

    [Theory]
    [InlineData("/api/v1/me")]
    [InlineData("/filesystem")]
    public void Nothing_but_files_can_be_signed(string path) =>
        Should.Throw<ArgumentException>(() => SignedLink.Sign(Secret, path, KeyId, Expires));

    [Fact]
    public void A_path_that_is_no_text_can_neither_be_signed_nor_be_valid()
    {
        string half = "/files/" + '\ud800';
        Should.Throw<ArgumentException>(() => SignedLink.Sign(Secret, half, KeyId, Expires));
        IsValid(half, Query, Secret).ShouldBeFalse();
    }

    private static string Flip(string text, int at, int bit)
    {
        char[] characters = text.ToCharArray();
        characters[at] ^= (char)(1 << bit);
        return new string(characters);
    }

    private static bool IsValid(string path, string query, byte[] secret) =>
        SignedLink.TryParse(query, out SignedLink link) && link.IsSignedWith(secret, path);
}
