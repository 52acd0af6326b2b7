using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using OpenData.Format;

namespace OpenData.Tests.Format;

public sealed class DigestTests
{
    [Fact]
    public void The_pieces_and_the_whole_do_not_depend_on_how_the_bytes_came() => Prop.ForAll<byte[], int[]>((data, cuts) =>
    {
        const int pieceLength = 7;
        using PieceHasher hasher = new(pieceLength);
        int from = 0;
        foreach (int cut in cuts.Select(c => (int)((uint)c % (uint)(data.Length + 1))).Append(data.Length).Order())
        {
            hasher.Append(data.AsSpan(from, cut - from));
            from = cut;
        }

        (Sha256Digest whole, IReadOnlyList<Sha256Digest> pieces) = hasher.Finish();

        return whole == Sha256Digest.Of(data)
            && pieces.SequenceEqual(data.Chunk(pieceLength).Select(piece => Sha256Digest.Of(piece)))
            && pieces.Count == Pieces.Count(data.Length, pieceLength);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_digest_is_written_as_lower_case_hexadecimal_and_as_the_field_of_rfc_9530()
    {
        Sha256Digest digest = Sha256Digest.Of("{\"hello\": \"world\"}\n"u8);

        // The example of RFC 9530, appendix B.1.
        ContentDigest.Format(digest).ShouldBe("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
        digest.ToString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData("{\"hello\": \"world\"}\n"u8)));
        Sha256Digest.Parse(digest.ToString().ToUpperInvariant()).ShouldBe(digest);
        ContentDigest.TryParse("sha-512=:AAAA:, " + ContentDigest.Format(digest), out Sha256Digest read).ShouldBeTrue();
        read.ShouldBe(digest);
    }

    [Theory]
    [InlineData("")]
    [InlineData("44aff4")]
    [InlineData("zz44aff4ab2d7c32505256 75a08f0cfa9591168cffe51791c5f5bbc417c15a6c38")]
    public void What_is_no_digest_is_refused(string text) => Sha256Digest.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabA==:")]
    [InlineData("sha-256=:not base64!:")]
    [InlineData("sha-256=RK/0qy18")]
    [InlineData("sha-256=:")]
    [InlineData(null)]
    public void A_field_without_a_whole_digest_is_refused(string? field) => ContentDigest.TryParse(field, out _).ShouldBeFalse();
}
