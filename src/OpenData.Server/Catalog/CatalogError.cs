namespace OpenData.Server.Catalog;

/// <summary>Something in the catalog's files that is not as it must be.</summary>
/// <param name="File">Path below the catalog folder, forward slashes.</param>
/// <param name="Line">Line, counted from 1.</param>
/// <param name="Message">What is wrong and what is expected.</param>
public sealed record CatalogError(string File, long Line, string Message)
{
    /// <summary><c>datasets/CN/X.yaml:12: …</c>, as compilers write it and editors jump to it.</summary>
    public override string ToString() => $"{File}:{Line}: {Message}";
}
