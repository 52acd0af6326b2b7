using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using OpenData.Format;
using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Releases;

/// <summary>
/// The public keys that may have signed what is in a mirror, in <c>.opendata/signing-key.pem</c>: trusted on first use, like the host keys of ssh. The server
/// may rotate its key: a new one is taken when a chain of vouchers leads to it from a key that is trusted (<see cref="SigningKeyList"/>), or when the user says so.
/// Earlier ones stay, because what they signed is still in the mirror. Thread-safe.
/// </summary>
internal sealed class TrustedKeys(MirrorFolder folder)
{
    /// <summary>Where servers tell the key that signs now.</summary>
    public const string WellKnownPath = "/.well-known/opendata-signing-key.pem";

    private readonly Lock _gate = new();
    // Reading a key takes longer than checking a signature with it, and an instance is not made for several threads.
    private readonly ConcurrentDictionary<string, ConcurrentBag<ECDsa>> _ready = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<string>? _keys;

    private string FilePath => Path.Combine(folder.StateFolder, "signing-key.pem");

    /// <summary>Learns the server's keys if none is known yet, or if the user trusts a new one.</summary>
    public async Task LearnAsync(Server server, bool trustNew, CancellationToken stop)
    {
        if (Known().Count == 0 || trustNew)
        {
            Trust(await AskAsync(server, stop));
            await FollowAsync(server, stop); // Those before it too: they signed the older releases.
        }
    }

    /// <summary>True if one of the keys signed these bytes (ECDSA P-256, SHA-256, DER).</summary>
    /// <exception cref="MirrorException">No key is known, or the file is damaged.</exception>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        IReadOnlyList<string> keys = Known();
        if (keys.Count == 0)
        {
            throw MirrorException.Failed(new($"{FilePath}: there is no key to check signatures with", $"{FilePath}：没有可用来核验签名的公钥"));
        }
        foreach (string key in keys)
        {
            if (Verify(key, data, signature))
            {
                return true;
            }
        }
        return false;
    }

    private bool Verify(string pem, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        ConcurrentBag<ECDsa> ready = _ready.GetOrAdd(pem, _ => []);
        if (!ready.TryTake(out ECDsa? key))
        {
            key = ECDsa.Create();
            key.ImportFromPem(pem);
        }
        try
        {
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false; // Not even a signature.
        }
        finally
        {
            ready.Add(key);
        }
    }

    /// <summary>Verifies what a server shows; where no trusted key fits, the server may have rotated its key, and it is followed if it proves so.</summary>
    /// <exception cref="MirrorException">Integrity: the signature is not by a trusted key, and why that may be.</exception>
    public async Task VerifyAsync(Server server, string what, ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> signature, CancellationToken stop)
    {
        if (Verify(data.Span, signature.Span) )
        {
            return;
        }
        await FollowAsync(server, stop);
        if (Verify(data.Span, signature.Span))
        {
            return;
        }
        throw (await AskAsync(server, stop)).All(Known().Contains)
            ? MirrorException.Integrity(new(
                $"{what}: the signature does not fit; the bytes are not those that were signed",
                $"{what}：签名不符，内容与签名时不同"))
            : MirrorException.Integrity(new(
                $"{what}: the server shows another signing key than the one this folder trusts ({FilePath}), and none that is trusted vouches for it. If the operator announced a new key, compare it and run again with --trust-new-key; otherwise do not use this server.",
                $"{what}：服务器出示的签名公钥与本目录信任的（{FilePath}）不同，也没有受信任的公钥为它作证。如运营方已公告更换，请核对后加 --trust-new-key 重新执行；否则请勿使用该服务器。"));
    }

    /// <summary>Takes in the keys that a trusted one leads to.</summary>
    private async Task FollowAsync(Server server, CancellationToken stop)
    {
        try
        {
            SigningKeyList list = await server.GetJsonAsync(server.Address.At(SigningKeyList.WellKnownPath), FormatJson.Default.SigningKeyList, stop);
            if (list is { Keys: not null, Signature: not null } && list.TrustedFrom(Ids(Known())) is { } keys)
            {
                Trust(keys.SelectMany(k => Canonical(k, SigningKeyList.WellKnownPath)));
            }
        }
        catch (MirrorException e) when (e.Status == 404)
        {
            // A server that knows of no rotation.
        }
    }

    /// <summary>Adds keys to the file.</summary>
    private void Trust(IEnumerable<string> keys)
    {
        lock (_gate)
        {
            IReadOnlyList<string> known = Known();
            List<string> more = [.. keys.Distinct().Where(k => !known.Contains(k))];
            if (more.Count > 0)
            {
                _keys = [.. more, .. known];
                folder.WriteState(FilePath, Encoding.ASCII.GetBytes(string.Join('\n', _keys) + "\n"));
            }
        }
    }

    private IReadOnlyList<string> Known() => _keys ??= File.Exists(FilePath) ? Canonical(File.ReadAllText(FilePath, Encoding.ASCII), FilePath) : [];

    private static IEnumerable<Sha256Digest> Ids(IReadOnlyList<string> keys) => keys.Select(k => ListedSigningKey.TryIdOf(k, out Sha256Digest id) ? id : default);

    private static async Task<IReadOnlyList<string>> AskAsync(Server server, CancellationToken stop)
    {
        byte[] body = await server.GetBytesAsync(WellKnownPath, 64 * 1024, stop);
        IReadOnlyList<string> shown = Canonical(Encoding.ASCII.GetString(body), WellKnownPath);
        return shown.Count > 0 ? shown : throw MirrorException.Failed(new($"{WellKnownPath}: the server shows no signing key", $"{WellKnownPath}：服务器没有出示签名公钥"));
    }

    /// <summary>The keys of a PEM text, each as we write it: the same key always has the same text.</summary>
    private static List<string> Canonical(string pem, string where)
    {
        List<string> keys = [];
        ReadOnlySpan<char> rest = pem;
        try
        {
            while (PemEncoding.TryFind(rest, out PemFields fields))
            {
                using ECDsa key = ECDsa.Create();
                key.ImportFromPem(rest[fields.Location]);
                keys.Add(key.ExportSubjectPublicKeyInfoPem());
                rest = rest[fields.Location.End..];
            }
            return keys;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw MirrorException.Failed(new($"{where}: not a public key ({e.Message})", $"{where}：不是公钥"), e);
        }
    }
}
