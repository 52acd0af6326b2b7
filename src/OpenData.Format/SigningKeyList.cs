using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OpenData.Format;

/// <summary>
/// The file <see cref="WellKnownPath"/>: every public key that ever signed here, and the one that signs now. Whoever trusts one of its keys comes to the
/// rest by two steps: a new key is vouched for by the one before it, and the key that signs now signs the list (<see cref="TrustedFrom"/>).
/// </summary>
/// <param name="Current">The key that signs now.</param>
/// <param name="Keys">All keys, the newest first; one that begins later is listed ahead of its time.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256 in DER over <see cref="SignedText"/>, by the current key.</param>
public sealed record SigningKeyList(Sha256Digest Current, IReadOnlyList<ListedSigningKey> Keys, byte[] Signature)
{
    /// <summary>Where a server has it.</summary>
    public const string WellKnownPath = "/.well-known/opendata-signing-keys.json";

    /// <summary>
    /// The bytes that are signed: lines of ASCII, each with a line feed at its end: <c>opendata-signing-keys-1</c>, the id of the current key, then for each key in the
    /// list's order its id, when it begins and when it ends (or <c>-</c>), parted by single spaces.
    /// </summary>
    public static byte[] SignedText(Sha256Digest current, IEnumerable<ListedSigningKey> keys)
    {
        StringBuilder text = new(string.Create(CultureInfo.InvariantCulture, $"opendata-signing-keys-1\n{current}\n"));
        foreach (ListedSigningKey key in keys)
        {
            text.Append(CultureInfo.InvariantCulture, $"{key.Id} {UtcTime.Text(key.ValidFrom)} {(key.ValidUntil is { } until ? UtcTime.Text(until) : "-")}\n");
        }
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>
    /// The public keys (PEM) that follow from those that are trusted already: all of the list where its signature is that of a trusted key, or of one that a chain
    /// of vouchers leads to from a trusted key; null where nothing leads there. What a list no longer names stays trusted: what it signed is still in mirrors.
    /// </summary>
    /// <param name="trusted">Ids of the keys that are trusted.</param>
    public IReadOnlyList<string>? TrustedFrom(IEnumerable<Sha256Digest> trusted)
    {
        HashSet<Sha256Digest> reached = [.. trusted];
        Dictionary<Sha256Digest, ListedSigningKey> whole = [];
        foreach (ListedSigningKey key in Keys)
        {
            if (!key.IsWhole)
            {
                return null;
            }
            whole[key.Id] = key;
        }
        // The list is short, and its order is not to be trusted: go over it until nothing is added.
        while (whole.Values.FirstOrDefault(key => !reached.Contains(key.Id) && IsVouchedFor(key)) is { } next)
        {
            reached.Add(next.Id);
        }
        return reached.Contains(Current) && whole.TryGetValue(Current, out ListedSigningKey? current)
            && EcdsaSignature.Verify(current.PublicKey, SignedText(Current, Keys), Signature)
            ? [.. Keys.Select(key => key.PublicKey)]
            : null;

        bool IsVouchedFor(ListedSigningKey key) =>
            key is { VouchedBy: { } by, Voucher: { } voucher } && reached.Contains(by) && whole.TryGetValue(by, out ListedSigningKey? older)
            && EcdsaSignature.Verify(older.PublicKey, ListedSigningKey.VoucherText(key.Id, key.ValidFrom), voucher);
    }
}

/// <summary>A public key of a <see cref="SigningKeyList"/>.</summary>
/// <param name="Id">SHA-256 of the key's SubjectPublicKeyInfo in DER (RFC 5280, 4.1.2.7).</param>
/// <param name="PublicKey">SubjectPublicKeyInfo in PEM, an ECDSA key on P-256.</param>
/// <param name="ValidFrom">From when on it signs, UTC, whole seconds.</param>
/// <param name="ValidUntil">Since when another one signs, UTC, whole seconds; absent for the last. What it signed before stays signed.</param>
/// <param name="VouchedBy">The key that vouches for this one; absent for the first.</param>
/// <param name="Voucher">ECDSA P-256 with SHA-256 in DER over <see cref="VoucherText"/>, by the key <paramref name="VouchedBy"/>.</param>
public sealed record ListedSigningKey(
    Sha256Digest Id, string PublicKey, DateTimeOffset ValidFrom, DateTimeOffset? ValidUntil, Sha256Digest? VouchedBy, byte[]? Voucher)
{
    /// <summary>True where the id is that of the key.</summary>
    public bool IsWhole => TryIdOf(PublicKey, out Sha256Digest id) && id == Id;

    /// <summary>
    /// The bytes by which one key vouches for the next: three lines of ASCII, each with a line feed at its end: <c>opendata-signing-key-1</c>, the id of the new key, and when it
    /// begins, as <c>2024-01-02T06:30:00Z</c>.
    /// </summary>
    public static byte[] VoucherText(Sha256Digest id, DateTimeOffset validFrom) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"opendata-signing-key-1\n{id}\n{UtcTime.Text(validFrom)}\n"));

    /// <summary>The id of a public key in PEM; false where the text is none.</summary>
    public static bool TryIdOf(string publicPem, out Sha256Digest id)
    {
        id = default;
        try
        {
            using ECDsa key = ECDsa.Create();
            key.ImportFromPem(publicPem);
            id = Sha256Digest.Of(key.ExportSubjectPublicKeyInfo());
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>Signatures as <c>openssl dgst -sha256 -verify</c> reads them: ECDSA with SHA-256 in DER (RFC 3279, 2.2.3).</summary>
public static class EcdsaSignature
{
    /// <summary>True where the key signed these very bytes; false for anything else, also for what is no key or no signature.</summary>
    public static bool Verify(string publicPem, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            using ECDsa key = ECDsa.Create();
            key.ImportFromPem(publicPem);
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}
