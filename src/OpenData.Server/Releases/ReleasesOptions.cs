namespace OpenData.Server.Releases;

/// <summary>Settings of releases. Configuration section <c>OpenData:Releases</c>.</summary>
public sealed record ReleasesOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Releases";

    /// <summary>
    /// A file with the ECDSA P-256 private key (PEM) that signs releases. Default: none; a key is made at the first start and kept in the
    /// database, where every node of a cluster finds the same one. Give a file where the key must not be in the database's backups.
    /// </summary>
    public string? SigningKeyFile { get; init; }
}
