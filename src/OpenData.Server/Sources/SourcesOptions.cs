using OpenData.Server.S3;

namespace OpenData.Server.Sources;

/// <summary>Where deliveries arrive: section <c>OpenData:Sources</c>. Each dataset says in the catalog which kind it uses and where below it.</summary>
public sealed record SourcesOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "OpenData:Sources";

    /// <summary>The folder below which the folders of datasets of kind <c>directory</c> are. Default <c>data/deliveries</c> below the working folder.</summary>
    public string Root { get; init; } = "data/deliveries";

    /// <summary>The bucket of datasets of kind <c>s3</c>. Not needed where there are none.</summary>
    public S3Options S3 { get; init; } = new();

    /// <summary>The server from which datasets of kind <c>http</c> come. Not needed where there are none.</summary>
    public Http.HttpSourceOptions Http { get; init; } = new();
}
