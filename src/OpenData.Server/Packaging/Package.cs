using System.Text.Json.Serialization;
using OpenData.Format;
using OpenData.Server.Storage;

namespace OpenData.Server.Packaging;

/// <summary>What packaging made of a delivery: archives that are stored, and what is known about them. Nothing of it is public yet.</summary>
/// <param name="Release">Which revision these are the files of.</param>
/// <param name="Packager">What made it.</param>
/// <param name="Archives">The volumes, in order.</param>
/// <param name="Files">Every file that was stored so far, archives and indexes: name, size, digest.</param>
/// <param name="Documents">Publications in all volumes together.</param>
/// <param name="Authority">The comparison with the authority file, or null where there is none.</param>
/// <param name="Findings">What looks wrong, the most severe first.</param>
/// <param name="DeliveryDigest">A digest over names, sizes and content of all entries: two deliveries with one digest are the same.</param>
public sealed record Package(
    ReleaseId Release,
    PackagerInfo Packager,
    IReadOnlyList<PackagedArchive> Archives,
    IReadOnlyList<StoredFile> Files,
    long Documents,
    AuthorityResult? Authority,
    IReadOnlyList<Finding> Findings,
    Sha256Digest DeliveryDigest)
{
    /// <summary>How many findings there are; of a kind with many, <see cref="Findings"/> has only the first. Null: those are all.</summary>
    public FindingCounts? FindingCounts { get; init; }

    /// <summary>How many documents of the dataset were withdrawn when it was planned, and so are not in it.</summary>
    public int LeftOut { get; init; }

    /// <summary>The revision out of whose archives it was made anew, for the sake of what was withdrawn; null where it was made of a delivery.</summary>
    public int? Replaces { get; init; }

    /// <summary>How it differs from the release that was current when it was packaged; null where there was none.</summary>
    public RevisionChanges? Changes { get; init; }
}

/// <param name="Name">File name in the release's folder.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Sha256">Digest.</param>
public sealed record StoredFile(string Name, long Bytes, Sha256Digest Sha256);

/// <summary>Something about an edition that is wrong or odd.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Code">The kind of finding in kebab case, such as <c>hostile-name</c> or <c>missing-document</c>.</param>
/// <param name="File">The entry that it is about, or null for the whole edition.</param>
/// <param name="Message">What is wrong, where, and what was expected, in words.</param>
/// <param name="Holds">True where the edition must not be published without a curator, whatever the dataset's rules say.</param>
/// <param name="Place">Where in the file, such as <c>line 12, byte 3</c>, or null for all of it.</param>
[method: JsonConstructor]
public sealed record Finding(Severity Severity, string Code, string? File, string Message, bool Holds = false, string? Place = null)
{
    /// <summary>One that readers of either language have in theirs.</summary>
    /// <param name="Severity">How bad it is.</param>
    /// <param name="Code">The kind of finding.</param>
    /// <param name="File">The entry that it is about, or null for the whole edition.</param>
    /// <param name="Sentence">What is wrong, where, and what was expected.</param>
    /// <param name="Holds">True where the edition must not be published without a curator.</param>
    /// <param name="Place">Where in the file, or null for all of it.</param>
    public Finding(Severity Severity, string Code, string? File, Sentence Sentence, bool Holds = false, string? Place = null)
        : this(Severity, Code, File, Sentence.English, Holds, Place) => this.Sentence = Sentence;

    /// <summary>What <see cref="Message"/> is in English; null for findings from before there were two languages.</summary>
    public Sentence? Sentence { get; init; }
}

/// <summary>How bad a finding is.</summary>
public enum Severity
{
    /// <summary>An oddity carried as it came.</summary>
    Note,

    /// <summary>A curator should look at it.</summary>
    Warning,

    /// <summary>Data are wrong or missing.</summary>
    Error,
}
