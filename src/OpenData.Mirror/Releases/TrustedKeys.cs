using System.Security.Cryptography;
using System.Text;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Releases;

/// <summary>
/// The public keys that may have signed what is in a mirror, in <c>.opendata/signing-key.pem</c>: trusted on first use, like the host keys of ssh. A key
/// that the server shows later is only taken when the user says so; the earlier ones stay, because what they signed is still in the mirror.
/// </summary>
internal sealed class TrustedKeys(MirrorFolder folder)
{
    /// <summary>Where servers tell their key.</summary>
    public const string WellKnownPath = "/.well-known/opendata-signing-key.pem";

    private string FilePath => Path.Combine(folder.StateFolder, "signing-key.pem");

    /// <summary>Learns the server's key if none is known yet, or if the user trusts a new one.</summary>
    public async Task LearnAsync(Server server, bool trustNew, CancellationToken stop)
    {
        string known = Read();
        if (known.Length > 0 && !trustNew)
        {
            return;
        }
        string shown = await AskAsync(server, stop);
        if (!known.Contains(shown, StringComparison.Ordinal))
        {
            folder.WriteState(FilePath, Encoding.ASCII.GetBytes(known.Length == 0 ? shown : shown + "\n" + known));
        }
    }

    /// <summary>True if one of the keys signed these bytes (ECDSA P-256, SHA-256, DER).</summary>
    /// <exception cref="MirrorException">No key is known, or the file is damaged.</exception>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        string pem = Read();
        if (pem.Length == 0)
        {
            throw MirrorException.Failed($"{FilePath}: there is no key to check signatures with");
        }
        foreach (ECDsa key in Keys(pem, FilePath))
        {
            using (key)
            {
                if (Verify(key, data, signature))
                {
                    return true;
                }
            }
        }
        return false;
    }

    /// <summary>Says why a signature does not verify: the server signs with another key now, or somebody changed the bytes.</summary>
    public async Task<MirrorException> ExplainAsync(Server server, string what, CancellationToken stop)
    {
        string shown = await AskAsync(server, stop);
        return Read().Contains(shown, StringComparison.Ordinal)
            ? MirrorException.Integrity($"{what}: the signature does not fit; the bytes are not those that were signed")
            : MirrorException.Integrity(
                $"{what}: the server shows another signing key than the one this folder trusts ({FilePath}). If the operator announced a new key, "
                + "compare it and run again with --trust-new-key; otherwise do not use this server.");
    }

    private static async Task<string> AskAsync(Server server, CancellationToken stop)
    {
        byte[] body = await server.GetBytesAsync(WellKnownPath, 64 * 1024, stop);
        StringBuilder pem = new();
        foreach (ECDsa key in Keys(Encoding.ASCII.GetString(body), WellKnownPath))
        {
            using (key)
            {
                pem.Append(pem.Length == 0 ? "" : "\n").Append(key.ExportSubjectPublicKeyInfoPem()); // Written by us: the same key always has the same text.
            }
        }
        return pem.Length > 0 ? pem.ToString() : throw MirrorException.Failed($"{WellKnownPath}: the server shows no signing key");
    }

    private static List<ECDsa> Keys(string pem, string where)
    {
        List<ECDsa> keys = [];
        ReadOnlySpan<char> rest = pem;
        try
        {
            while (PemEncoding.TryFind(rest, out PemFields fields))
            {
                ECDsa key = ECDsa.Create();
                keys.Add(key);
                key.ImportFromPem(rest[fields.Location]);
                rest = rest[fields.Location.End..];
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            keys.ForEach(k => k.Dispose());
            throw MirrorException.Failed($"{where}: not a public key ({e.Message})", e);
        }
        return keys;
    }

    private static bool Verify(ECDsa key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false; // Not even a signature.
        }
    }

    private string Read() => File.Exists(FilePath) ? File.ReadAllText(FilePath, Encoding.ASCII) : "";
}
