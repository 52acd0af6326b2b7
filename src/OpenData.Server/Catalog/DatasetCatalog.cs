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
    ByteRate Ceiling);

/// <summary>Where everybody reads the catalog that is in force.</summary>
public interface ICurrentCatalog
{
    /// <summary>The snapshot in force; take it once for each request or run and keep to it.</summary>
    DatasetCatalog Current { get; }

    /// <summary>Raised after another snapshot came into force, on the thread that loaded it.</summary>
    event Action<DatasetCatalog>? Changed;
}
