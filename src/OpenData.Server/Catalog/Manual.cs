using OpenData.Format;

namespace OpenData.Server.Catalog;

/// <summary>A text for those who work with the data, in Markdown.</summary>
/// <param name="Id">A dataset's code, a kind of content, or <see cref="Guide"/>.</param>
/// <param name="Markdown">The text; it begins with its title as a heading.</param>
public sealed record Manual(string Id, LocalizedText Markdown)
{
    /// <summary>The guide to the data as a whole.</summary>
    public const string Guide = "guide";
}

/// <summary>A field that documents of a kind of content have.</summary>
/// <param name="Inid">Its INID code (WIPO ST.9 for patents, ST.80 for designs), such as <c>54</c>; null where there is none.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Note">What to know of it, or null.</param>
public sealed record DocumentField(string? Inid, LocalizedText Name, LocalizedText? Note);
