namespace OpenData.Server.Catalog;

/// <summary>
/// The catalog in force: a folder, read again when it changes, and over it the edits that curators made. Taken in whole, or refused whole, and then
/// the last good one stays and <see cref="Refused"/> says why. Any thread may call any method.
/// </summary>
public sealed partial class CurrentCatalog : ICurrentCatalog
{
    private readonly string _folder;
    private readonly Func<string, string?> _cronFault;
    private readonly ILogger<CurrentCatalog> _log;
    private readonly Lock _taking = new();
    private string _fingerprint;
    private volatile CatalogState _state;
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
        _state = new CatalogState(CatalogTexts.Read(folder), EditsInForce.None, []);
    }

    /// <inheritdoc/>
    public DatasetCatalog Current => _current;

    /// <summary>The folder.</summary>
    public string Folder => _folder;

    /// <summary>What was read last, also where it was refused.</summary>
    public CatalogState State => _state;

    /// <summary>The errors of the catalog that was refused last; empty once a good one came.</summary>
    public IReadOnlyList<CatalogError> Refused => _state.Refused;

    /// <inheritdoc/>
    public event Action<DatasetCatalog>? Changed;

    /// <summary>Looks whether the folder changed, and takes the catalog in if it is good.</summary>
    /// <returns>True if another catalog came into force.</returns>
    /// <exception cref="IOException">The folder cannot be read just now; nothing is changed.</exception>
    public bool Refresh()
    {
        lock (_taking)
        {
            string fingerprint = CatalogFiles.Fingerprint(_folder);
            if (fingerprint == _fingerprint)
            {
                return false;
            }
            CatalogTexts files = CatalogTexts.Read(_folder);
            _fingerprint = fingerprint;
            return Take(files, _state.Edits);
        }
    }

    /// <summary>Takes other edits in if the catalog is good with them.</summary>
    /// <returns>True if another catalog came into force.</returns>
    public bool Take(EditsInForce edits)
    {
        lock (_taking)
        {
            return edits.Version != _state.Edits.Version && Take(_state.Files, edits);
        }
    }

    /// <summary>What would be wrong with the files as they are under these edits: the words of <c>catalog check</c>.</summary>
    public IReadOnlyList<CatalogError> Check(IEnumerable<KeyValuePair<string, string>> edits) => CatalogFiles.Load(_state.Files.With(edits), _cronFault).Errors;

    /// <summary>Under the lock: files and edits are one.</summary>
    private bool Take(CatalogTexts files, EditsInForce edits)
    {
        (DatasetCatalog? catalog, IReadOnlyList<CatalogError> errors) = CatalogFiles.Load(files.With(edits.Texts), _cronFault);
        _state = new CatalogState(files, edits, errors);
        if (catalog is null)
        {
            LogRefused(_log, _folder, edits.Texts.Count, errors.Count, string.Join("; ", errors.Take(20)));
            return false;
        }
        _current = catalog;
        LogTaken(_log, _folder, edits.Texts.Count, catalog.Datasets.Count);
        Changed?.Invoke(catalog);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The changed catalog in {Folder} with {Edits} edited files is refused, the last good one stays in force. {Count} errors: {Errors}")]
    private static partial void LogRefused(ILogger log, string folder, int edits, int count, string errors);

    [LoggerMessage(Level = LogLevel.Information, Message = "The changed catalog in {Folder} with {Edits} edited files is in force: {Datasets} datasets")]
    private static partial void LogTaken(ILogger log, string folder, int edits, int datasets);
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
