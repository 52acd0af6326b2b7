namespace OpenData.Server.Catalog;

/// <summary>
/// The catalog in force, read from a folder and read again when the folder changes: taken in whole, or refused whole, and then the last
/// good one stays and <see cref="Refused"/> says why.
/// </summary>
public sealed partial class CurrentCatalog : ICurrentCatalog
{
    private readonly string _folder;
    private readonly Func<string, string?> _cronFault;
    private readonly ILogger<CurrentCatalog> _log;
    private string _fingerprint;
    private volatile DatasetCatalog _current;

    /// <param name="folder">The catalog folder.</param>
    /// <param name="cronFault">What is wrong with a cron expression, or null.</param>
    /// <param name="log">Where a refused catalog is named.</param>
    /// <exception cref="CatalogRefusedException">There is no good catalog to start with.</exception>
    public CurrentCatalog(string folder, Func<string, string?> cronFault, ILogger<CurrentCatalog> log)
    {
        (_folder, _cronFault, _log) = (folder, cronFault, log);
        _fingerprint = Directory.Exists(folder) ? CatalogFiles.Fingerprint(folder) : "";
        (DatasetCatalog? catalog, IReadOnlyList<CatalogError> errors) = CatalogFiles.Load(folder, cronFault);
        _current = catalog ?? throw new CatalogRefusedException(folder, errors);
    }

    /// <inheritdoc/>
    public DatasetCatalog Current => _current;

    /// <summary>The errors of the catalog that was refused last; empty once a good one came.</summary>
    public IReadOnlyList<CatalogError> Refused { get; private set; } = [];

    /// <inheritdoc/>
    public event Action<DatasetCatalog>? Changed;

    /// <summary>Looks whether the folder changed, and takes the catalog in if it is good. Called by one caller at a time.</summary>
    /// <returns>True if another catalog came into force.</returns>
    public bool Refresh()
    {
        string fingerprint = CatalogFiles.Fingerprint(_folder);
        if (fingerprint == _fingerprint)
        {
            return false;
        }
        (DatasetCatalog? catalog, IReadOnlyList<CatalogError> errors) = CatalogFiles.Load(_folder, _cronFault);
        _fingerprint = fingerprint;
        Refused = errors;
        if (catalog is null)
        {
            LogRefused(_log, _folder, errors.Count, string.Join("; ", errors.Take(20)));
            return false;
        }
        _current = catalog;
        LogTaken(_log, _folder, catalog.Datasets.Count);
        Changed?.Invoke(catalog);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The changed catalog in {Folder} is refused, the last good one stays in force. {Count} errors: {Errors}")]
    private static partial void LogRefused(ILogger log, string folder, int count, string errors);

    [LoggerMessage(Level = LogLevel.Information, Message = "The changed catalog in {Folder} is in force: {Datasets} datasets")]
    private static partial void LogTaken(ILogger log, string folder, int datasets);
}

/// <summary>There is no good catalog.</summary>
/// <param name="folder">Where it was looked for.</param>
/// <param name="errors">What is wrong with it.</param>
public sealed class CatalogRefusedException(string folder, IReadOnlyList<CatalogError> errors)
    : Exception($"The catalog in {folder} has {errors.Count} errors:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", errors)}")
{
    /// <summary>What is wrong with it.</summary>
    public IReadOnlyList<CatalogError> Errors { get; } = errors;
}
