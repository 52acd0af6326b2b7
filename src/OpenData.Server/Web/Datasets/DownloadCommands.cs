using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;

namespace OpenData.Server.Web.Datasets;

/// <summary>Commands that fetch a release, ready for a shell.</summary>
/// <param name="Root">The address of the service.</param>
/// <param name="Release">What to fetch.</param>
/// <param name="Archive">Its first volume.</param>
/// <param name="NeedsKey">False where anybody may.</param>
/// <param name="KeyId">The id of the reader's own key, or null where they have none or are not signed in.</param>
public sealed record DownloadCommands(string Root, ReleaseId Release, string Archive, bool NeedsKey, string? KeyId = null)
{
    /// <summary>Of a release.</summary>
    public static DownloadCommands Of(Dataset dataset, ReleaseId release, string root) => new(root, release, release.ArchiveName(1), dataset.Access is not AccessLevel.Open);

    /// <summary>Puts the key where the commands look for it; null where none is needed.</summary>
    public string? Key => NeedsKey ? $"KEY='odk_{(KeyId is null ? "" : KeyId + "_")}…'" : null;

    /// <summary>One archive, going on where it broke off.</summary>
    public string Curl => $"curl -C - -O {(NeedsKey ? "-u me:$KEY " : "")}'{Root}{PublicAddress.Of(Release, Archive)}'";

    /// <summary>The whole release, checked.</summary>
    public string Wget =>
        $"wget -c -r -np -nd -R 'index.html*' {(NeedsKey ? "--user=me --password=$KEY --auth-no-challenge " : "")}'{Root}{PublicAddress.Folder(Release)}'\nsha256sum -c SHA256SUMS";

    /// <summary>The whole release over several connections, every piece checked.</summary>
    public string Aria2 => $"aria2c -x8 {(NeedsKey ? "--http-user=me --http-passwd=$KEY " : "")}'{Root}{PublicAddress.Folder(Release)}release.meta4'";

    /// <summary>The whole release with our own client.</summary>
    public string OpenData => $"{(NeedsKey ? "export OPENDATA_KEY=$KEY\n" : "")}opendata get {Release.Dataset} {Release.Edition} --server {Root}";

    /// <summary>Who signed it, without our client.</summary>
    public string Verify =>
        $"curl -sO '{Root}/.well-known/opendata-signing-key.pem'\nopenssl dgst -sha256 -verify opendata-signing-key.pem -signature SHA256SUMS.sig SHA256SUMS";
}
