using System.Collections.Frozen;
using OpenData.Format;

namespace OpenData.Server.Catalog;

/// <summary>An immutable snapshot of the whole catalog. A changed catalog is a new snapshot, swapped in whole.</summary>
/// <param name="Datasets">By code.</param>
/// <param name="Tiers">By id.</param>
/// <param name="Terms">By id, the newest version of each.</param>
/// <param name="Ceiling">No tier is above it.</param>
public sealed record DatasetCatalog(
    FrozenDictionary<string, Dataset> Datasets,
    FrozenDictionary<string, Tier> Tiers,
    FrozenDictionary<string, Terms> Terms,
    ByteRate Ceiling)
{
    /// <summary>Texts for those who work with the data: by kind of content, by category, by code of a dataset that has its own, and <see cref="Manual.Guide"/>.</summary>
    public FrozenDictionary<string, Manual> Manuals { get; init; } = FrozenDictionary<string, Manual>.Empty;

    /// <summary>The fields of documents, by kind of content or category.</summary>
    public FrozenDictionary<string, IReadOnlyList<DocumentField>> Fields { get; init; } = FrozenDictionary<string, IReadOnlyList<DocumentField>>.Empty;

    /// <summary>The manual of a dataset: its own, else that of its content, else that of its category, or null.</summary>
    public Manual? ManualOf(Dataset dataset) =>
        Manuals.GetValueOrDefault(dataset.Code) ?? Manuals.GetValueOrDefault(dataset.Content) ?? Manuals.GetValueOrDefault(dataset.Category);

    /// <summary>The fields of a dataset's documents, by content, else by category; empty where they are not described.</summary>
    public IReadOnlyList<DocumentField> FieldsOf(Dataset dataset) => Fields.GetValueOrDefault(dataset.Content) ?? Fields.GetValueOrDefault(dataset.Category) ?? [];
}

/// <summary>Where everybody reads the catalog that is in force.</summary>
public interface ICurrentCatalog
{
    /// <summary>The snapshot in force; take it once for each request or run and keep to it.</summary>
    DatasetCatalog Current { get; }

    /// <summary>Raised after another snapshot came into force, on the thread that loaded it.</summary>
    event Action<DatasetCatalog>? Changed;
}
