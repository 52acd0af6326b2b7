using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.S3;
using OpenData.Server.Sources.Http;

namespace OpenData.Server.Sources;

/// <summary>Finds the place where a dataset's deliveries arrive.</summary>
public sealed class SourceFactory : IDisposable
{
    private const string S3Section = $"{SourcesOptions.Section}:S3";

    private readonly SourcesOptions options;
    private readonly PassedOverEditions passedOver;
    private readonly Lazy<S3Connection> bucket;
    private readonly Lazy<Upstream> upstream;

    /// <param name="options">Where the places are.</param>
    /// <param name="time">The clock of retries.</param>
    /// <param name="loggers">Where what is passed over is told.</param>
    public SourceFactory(IOptions<SourcesOptions> options, TimeProvider time, ILoggerFactory loggers)
    {
        this.options = options.Value;
        passedOver = new PassedOverEditions(loggers.CreateLogger<Source>());
        upstream = new Lazy<Upstream>(() => new Upstream(this.options.Http));
        bucket = new Lazy<S3Connection>(() => new S3Connection(
            this.options.S3, S3Section, (place, why, cause) => new SourceUnavailableException(place, why, cause), time, loggers.CreateLogger<S3Connection>()));
    }

    /// <summary>The place of this dataset.</summary>
    /// <exception cref="SourceUnavailableException">The settings or the catalog do not tell where it is.</exception>
    /// <exception cref="NotSupportedException">The kind is not one that this version can read.</exception>
    public Source For(Dataset dataset)
    {
        DatasetSource source = dataset.Source;
        if (EntryName.Fault(source.Path) is { } fault)
        {
            throw new SourceUnavailableException(source.Path, $"the path in the catalog of {dataset.Code} is not a path below the root: {fault}.");
        }
        return source.Kind switch
        {
            SourceKind.Directory => new DirectorySource(options.Root, source.Path, source.Ready, passedOver),
            SourceKind.S3 when options.S3.Bucket.Length == 0 =>
                throw new SourceUnavailableException(source.Path, $"{dataset.Code} arrives in a bucket, but {S3Section} does not say in which."),
            SourceKind.S3 => new S3Source(bucket.Value, source.Path, source.Ready, passedOver),
            SourceKind.Http => new HttpSource(upstream.Value, dataset.Code),
            _ => throw new NotSupportedException($"{dataset.Code} has the source kind {source.Kind}, which is none of ours."),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (bucket.IsValueCreated)
        {
            bucket.Value.Dispose();
        }
        if (upstream.IsValueCreated)
        {
            upstream.Value.Dispose();
        }
    }
}
