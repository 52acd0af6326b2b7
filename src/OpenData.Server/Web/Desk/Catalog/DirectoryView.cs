using OpenData.Server.Catalog;
using OpenData.Server.Catalog.Edits;

namespace OpenData.Server.Web.Desk.Catalog;

/// <summary>How a text in force stands to its file.</summary>
public enum TextStatus
{
    /// <summary>It is the file.</summary>
    OfFile,

    /// <summary>An edit stands over the file.</summary>
    Edited,

    /// <summary>The file holds by now what the edit said.</summary>
    Settled,

    /// <summary>The file was changed after the edit, which still stands over it.</summary>
    FileChanged,
}

/// <summary>The data directory at a glance.</summary>
public sealed record DirectoryView
{
    /// <summary>Why the newest state of files and edits is not in force; empty where it is.</summary>
    public required IReadOnlyList<CatalogError> Refused { get; init; }

    /// <summary>Edits that wait for a second curator.</summary>
    public required IReadOnlyList<EditLine> Waiting { get; init; }

    /// <summary>Every dataset.</summary>
    public required IReadOnlyList<DatasetLine> Datasets { get; init; }

    /// <summary>Manuals and lists of fields.</summary>
    public required IReadOnlyList<TextLine> Texts { get; init; }

    /// <summary>The newest edits.</summary>
    public required IReadOnlyList<EditLine> History { get; init; }
}

/// <summary>A dataset in the directory.</summary>
/// <param name="Code">Its code.</param>
/// <param name="Dataset">As in force; null where its file is not.</param>
/// <param name="Status">How its text stands to its file.</param>
public sealed record DatasetLine(string Code, Dataset? Dataset, TextStatus Status);

/// <summary>A manual or a list of fields.</summary>
/// <param name="File">Its path; of a manual that of the Chinese text.</param>
/// <param name="Name">Its name without the ending.</param>
/// <param name="Status">How it stands to its file.</param>
public sealed record TextLine(string File, string Name, TextStatus Status);

/// <summary>An edit with the names of those who had to do with it.</summary>
/// <param name="Edit">The edit.</param>
/// <param name="Author">Who made it.</param>
/// <param name="Reviewer">Who reviewed it.</param>
/// <param name="UndoneBy">Who undid it.</param>
public sealed record EditLine(CatalogEdit Edit, string Author, string? Reviewer, string? UndoneBy);

/// <summary>An edit on a page of its own.</summary>
/// <param name="Line">The edit.</param>
/// <param name="Texts">Each text with what it changed, and what its file has become since.</param>
/// <param name="IsOwn">True for its author.</param>
/// <param name="IsNewest">True where it stands on top of every text that it changed.</param>
/// <param name="Errors">What the catalog would have of errors after what was tried last.</param>
/// <param name="Fault">The name of a text that says why that was not done; null where nothing was tried.</param>
public sealed record EditView(EditLine Line, IReadOnlyList<EditedView> Texts, bool IsOwn, bool IsNewest, IReadOnlyList<CatalogError> Errors, string? Fault);

/// <summary>A text of an edit.</summary>
/// <param name="File">Its path.</param>
/// <param name="Lines">What the edit changed.</param>
/// <param name="Status">How it stands to its file, where it is in force.</param>
/// <param name="FileSince">What the file became after the edit was made.</param>
/// <param name="OverFile">What the edit hides of the file as it is now.</param>
public sealed record EditedView(string File, IReadOnlyList<ComparedLine> Lines, TextStatus Status, IReadOnlyList<ComparedLine> FileSince, IReadOnlyList<ComparedLine> OverFile);
