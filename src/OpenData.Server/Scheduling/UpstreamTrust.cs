using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Server.Sources;
using OpenData.Server.Sources.Http;

namespace OpenData.Server.Scheduling;

/// <summary>
/// Which keys may sign what comes from an upstream server: the one of the settings or those that were remembered, and what follows from them by the server's own list;
/// where nothing is known yet, what it lists at the first contact.
/// </summary>
public sealed class UpstreamTrust(UpstreamKeys keys, IOptions<SourcesOptions> options)
{
    /// <summary>The public keys (PEM) that are trusted now. They are remembered.</summary>
    /// <exception cref="SourceUnavailableException">The server lists keys that do not follow from those that are trusted.</exception>
    public async Task<IReadOnlyList<string>> KeysAsync(Upstream upstream, CancellationToken stop)
    {
        SigningKeyList list = await upstream.JsonAsync(SigningKeyList.WellKnownPath.TrimStart('/'), FormatJson.Default.SigningKeyList, stop);
        List<Sha256Digest> trusted = [.. (await keys.ListAsync(upstream.Place, stop)).Select(key => key.Id)];
        if (options.Value.Http.SigningKeyFile is { } file && ListedSigningKey.TryIdOf(await File.ReadAllTextAsync(file, stop), out Sha256Digest pinned))
        {
            trusted = [pinned]; // what was remembered before it was pinned counts no more than what it leads to
        }
        if (trusted.Count == 0)
        {
            trusted = [list.Current];
        }
        IReadOnlyList<string> follow = list.TrustedFrom(trusted) ?? throw new SourceUnavailableException(
            upstream.Place,
            $"its signing keys do not follow from those that are trusted. If it really has a new one, set {HttpSourceOptions.Section}:SigningKeyFile to that.");
        await keys.RememberAsync(upstream.Place, list.Keys, stop);
        return follow;
    }
}
