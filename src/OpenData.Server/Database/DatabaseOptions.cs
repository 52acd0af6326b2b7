namespace OpenData.Server.Database;

/// <summary>Which database holds the metadata. Configuration section <c>OpenData:Database</c>.</summary>
public sealed record DatabaseOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Database";

    /// <summary><c>sqlite</c> (one process; the default) or <c>postgresql</c> (any number of gateways and workers).</summary>
    public string Provider { get; init; } = "sqlite";

    /// <summary>
    /// For <c>postgresql</c>, required: the Npgsql connection string, such as <c>Host=db;Database=opendata;Username=opendata;Password=…</c>.
    /// A secret: it is never logged.
    /// </summary>
    public string? ConnectionString { get; init; }

    /// <summary>For <c>sqlite</c>: the database file. Default: <c>opendata.db</c> in the data folder (<c>OpenData:DataFolder</c>, itself <c>data</c> by default).</summary>
    public string? Path { get; init; }

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (Provider is not ("sqlite" or "postgresql"))
        {
            yield return $"{Section}:Provider is '{Provider}'; it must be 'sqlite' or 'postgresql'.";
        }
        if (Provider == "postgresql" && string.IsNullOrWhiteSpace(ConnectionString))
        {
            yield return $"{Section}:ConnectionString is missing; with Provider 'postgresql' it must say Host, Database, Username and Password.";
        }
        if (Provider == "postgresql" && !string.IsNullOrWhiteSpace(ConnectionString) && ConnectionStringFault(ConnectionString) is { } fault)
        {
            yield return $"{Section}:ConnectionString cannot be read: {fault}";
        }
    }

    private static string? ConnectionStringFault(string text)
    {
        try
        {
            return string.IsNullOrEmpty(new Npgsql.NpgsqlConnectionStringBuilder(text).Host) ? "it names no Host." : null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }
}
