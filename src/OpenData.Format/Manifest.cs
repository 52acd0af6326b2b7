namespace OpenData.Format;

/// <summary>The file <c>release.json</c> of a release. Bytes are integers, times RFC 3339 with zone, digests lower-case hexadecimal.</summary>
/// <param name="Dataset">The dataset's code.</param>
/// <param name="Edition">The edition's id.</param>
/// <param name="Date">The edition's own date (<c>yyyy-MM-dd</c>): the publication day that the edition stands for.</param>
/// <param name="Revision">1 for the first release of the edition.</param>
/// <param name="Packager">What made the archives: the same delivery with the same packager gives the same bytes.</param>
/// <param name="PublishedAt">When this manifest was written, in UTC, a moment before the release became visible.</param>
/// <param name="Supersedes">The revision that this one replaces, such as <c>r1</c>.</param>
/// <param name="Previous">The edition before this one, if there is one.</param>
/// <param name="Documents">Publications in the release; a document may have several entries.</param>
/// <param name="Entries">Files inside the archives.</param>
/// <param name="Bytes">Sum of the sizes of the archives.</param>
/// <param name="Authority">The comparison with the delivery's authority file, if it came with one.</param>
/// <param name="Schema">Name and version of the schema of the documents.</param>
/// <param name="Terms">The id and version of the terms under which the release is given, such as <c>basic-data/1</c>.</param>
/// <param name="Findings">How many findings of each severity the edition has.</param>
/// <param name="Archives">The volumes, in order.</param>
public sealed record Manifest(
    string Dataset,
    string Edition,
    DateOnly Date,
    int Revision,
    PackagerInfo Packager,
    DateTimeOffset PublishedAt,
    string? Supersedes,
    string? Previous,
    long Documents,
    long Entries,
    long Bytes,
    AuthorityResult? Authority,
    SchemaName? Schema,
    string? Terms,
    FindingCounts? Findings,
    IReadOnlyList<ArchiveManifest> Archives)
{
    /// <summary>The name of the manifest among the files of a release.</summary>
    public const string FileName = "release.json";

    /// <summary>The name of the checksum list, in the form that <c>sha256sum -c</c> reads.</summary>
    public const string ChecksumsName = "SHA256SUMS";

    /// <summary>The name of the ECDSA P-256 signature (DER) over <see cref="ChecksumsName"/>.</summary>
    public const string SignatureName = "SHA256SUMS.sig";

    /// <summary>The id of the key that signed the release (<see cref="ListedSigningKey.Id"/>); absent in releases older than key rotation.</summary>
    public Sha256Digest? SigningKey { get; init; }

    /// <summary>How the release differs from the one that it supersedes; absent where it supersedes none.</summary>
    public RevisionChanges? Changes { get; init; }

    /// <summary>The name of the release.</summary>
    public ReleaseId Id() => new(Dataset, Edition, Revision);
}

/// <param name="Version">Version of the packager.</param>
/// <param name="Engine">The deflate engine and its version, such as <c>libdeflate 1.14</c> or <c>zlib-ng 2.2.5</c>.</param>
/// <param name="Level">The engine's level.</param>
public sealed record PackagerInfo(string Version, string Engine, int Level);

/// <summary>Publication numbers listed by the authority file (WIPO ST.37) against those found in the delivery.</summary>
/// <param name="Listed">Numbers in the authority file, less those with an exception code.</param>
/// <param name="Found">Listed numbers that were found.</param>
/// <param name="Missing">Listed numbers that were not found, the first thousand.</param>
/// <param name="Surplus">Numbers found that are not listed, the first thousand.</param>
/// <param name="Excepted">Numbers that the authority file excepts (deleted, withdrawn, not used …).</param>
public sealed record AuthorityResult(long Listed, long Found, IReadOnlyList<string> Missing, IReadOnlyList<string> Surplus, long Excepted);

/// <param name="Name">Such as <c>us-patent-grant</c>.</param>
/// <param name="Version">Such as <c>4.7</c>.</param>
public sealed record SchemaName(string Name, string? Version);

/// <param name="Errors">Findings that mean that data are wrong or missing.</param>
/// <param name="Warnings">Findings that a curator should look at.</param>
/// <param name="Notes">Oddities carried as they came.</param>
public sealed record FindingCounts(long Errors, long Warnings, long Notes);

/// <summary>One zip volume of a release.</summary>
/// <param name="Name">File name, such as <c>CN-PA-TXTS-10-A_20240102_r1_001.zip</c>.</param>
/// <param name="Bytes">Size of the archive.</param>
/// <param name="Sha256">Digest of the whole archive.</param>
/// <param name="PieceLength">Bytes in each piece but the last.</param>
/// <param name="Pieces">Digest of each piece.</param>
/// <param name="Entries">Files inside.</param>
/// <param name="Documents">Publications inside.</param>
/// <param name="UncompressedBytes">Sum of the sizes of the files inside.</param>
/// <param name="First">Name of the first entry.</param>
/// <param name="Last">Name of the last entry.</param>
public sealed record ArchiveManifest(
    string Name,
    long Bytes,
    Sha256Digest Sha256,
    int PieceLength,
    IReadOnlyList<Sha256Digest> Pieces,
    long Entries,
    long Documents,
    long UncompressedBytes,
    string First,
    string Last);

/// <summary>One line of an entries index (<c>.entries.jsonl.gz</c>).</summary>
/// <param name="Name">The entry's name inside the archive: its path below the edition folder of the delivery.</param>
/// <param name="Size">Bytes, uncompressed.</param>
/// <param name="Sha256">Digest of the uncompressed bytes.</param>
/// <param name="Offset">Where the entry's local header begins in the archive.</param>
/// <param name="Compressed">Bytes that the entry takes after its local header.</param>
public sealed record EntryRecord(string Name, long Size, Sha256Digest Sha256, long Offset, long Compressed);

/// <summary>How the entries of a revision differ from those of an earlier one of the same edition.</summary>
/// <param name="From">The earlier revision, such as <c>r1</c>.</param>
/// <param name="Added">Entries that the earlier one does not have.</param>
/// <param name="Changed">Entries with other bytes.</param>
/// <param name="Removed">Entries that are no longer there.</param>
/// <param name="File">The file of the release that lists them all: gzip, a line of JSON (<see cref="EntryChange"/>) for each, in the order of their names.</param>
public sealed record RevisionChanges(string From, long Added, long Changed, long Removed, string File);

/// <summary>One line of the list of what a correction changed (<c>.changes.jsonl.gz</c>).</summary>
/// <param name="Change"><c>added</c>, <c>changed</c> or <c>removed</c>.</param>
/// <param name="Name">The entry's name.</param>
/// <param name="Size">Its bytes, uncompressed; of a removed one those that it had.</param>
/// <param name="Sha256">Digest of its uncompressed bytes; of a removed one the digest that it had.</param>
/// <param name="Was">For <c>changed</c>, the digest that it had.</param>
public sealed record EntryChange(string Change, string Name, long Size, Sha256Digest Sha256, Sha256Digest? Was = null);
