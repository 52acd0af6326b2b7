using System.Collections.Frozen;

namespace OpenData.Server.Catalog;

/// <summary>What the catalog was last read from.</summary>
/// <param name="Files">The texts in the folder.</param>
/// <param name="Edits">What stands over them.</param>
/// <param name="Refused">Why that is not in force; empty where it is.</param>
public sealed record CatalogState(CatalogTexts Files, EditsInForce Edits, IReadOnlyList<CatalogError> Refused)
{
    /// <summary>Files and edits together.</summary>
    public CatalogTexts Texts { get; } = Files.With(Edits.Texts);
}

/// <summary>Texts that curators put over those of the folder: of each file the newest edit in force.</summary>
/// <param name="Version">Rises with every change of any edit.</param>
/// <param name="Texts">By path.</param>
public sealed record EditsInForce(long Version, FrozenDictionary<string, string> Texts)
{
    /// <summary>Nothing was ever edited.</summary>
    public static EditsInForce None { get; } = new(0, FrozenDictionary<string, string>.Empty);
}
