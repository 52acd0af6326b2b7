using System.Security.Cryptography;
using OpenData.Format;

namespace OpenData.Server.Releases;

/// <summary>An ECDSA key on P-256 (FIPS 186-5) that signs with SHA-256, in the DER form that <c>openssl dgst -sha256 -verify</c> reads (RFC 3279, 2.2.3).</summary>
public sealed class SigningKey
{
    private readonly string _privatePem;

    private SigningKey(string privatePem, string publicPem, Sha256Digest id)
    {
        _privatePem = privatePem;
        PublicPem = publicPem;
        Id = id;
    }

    /// <summary>What names it: the digest of its public half; see <see cref="ListedSigningKey.Id"/>.</summary>
    public Sha256Digest Id { get; }

    /// <summary>The public half, SubjectPublicKeyInfo in PEM.</summary>
    public string PublicPem { get; }

    /// <summary>The private half, PKCS #8 in PEM.</summary>
    internal string PrivatePem => _privatePem;

    /// <summary>A new key.</summary>
    public static SigningKey Create()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Of(key);
    }

    /// <summary>Reads a private key in PEM (PKCS #8 or SEC 1).</summary>
    /// <exception cref="CryptographicException">It is not a private key on P-256.</exception>
    public static SigningKey FromPem(string pem)
    {
        using ECDsa key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: true).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                throw new CryptographicException("The key is not on the curve P-256.");
            }
            return Of(key);
        }
        catch (ArgumentException e)
        {
            throw new CryptographicException("The text is not a private key in PEM.", e);
        }
    }

    /// <summary>Signs. May be called by any number of threads.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        // One for each signature: instances are not made for use by several threads, and a signature is rare.
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(_privatePem);
        return key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static SigningKey Of(ECDsa key) =>
        new(key.ExportPkcs8PrivateKeyPem() + "\n", key.ExportSubjectPublicKeyInfoPem() + "\n", Sha256Digest.Of(key.ExportSubjectPublicKeyInfo()));
}
