using System.Globalization;

namespace OpenData.Server;

/// <summary>Settings given on the command line.</summary>
/// <param name="DataFolder">Where an embedded server keeps everything, or null for the configured folder.</param>
/// <param name="Urls">Addresses to listen on, or null for the configured ones.</param>
/// <param name="Pairs">Further settings as <c>Key=value</c>.</param>
internal sealed record ServerSettings(string? DataFolder = null, string? Urls = null, params IReadOnlyList<string> Pairs)
{
    /// <summary>Where an embedded server listens unless told otherwise.</summary>
    public const string DefaultUrl = "http://127.0.0.1:8080";

    public void ApplyTo(ConfigurationManager configuration)
    {
        Dictionary<string, string?> given = new(StringComparer.OrdinalIgnoreCase);
        foreach (string pair in Pairs)
        {
            int equals = pair.IndexOf('=');
            given[pair[..equals].Replace("__", ":", StringComparison.Ordinal)] = pair[(equals + 1)..];
        }
        if (DataFolder is not null)
        {
            given["OpenData:DataFolder"] = DataFolder;
        }
        if (Urls is not null)
        {
            given["urls"] = Urls;
        }
        // appsettings.json of the working folder wins over the one beside the program.
        configuration.AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true);
        configuration.AddEnvironmentVariables();
        configuration.AddInMemoryCollection(given);
        string data = configuration["OpenData:DataFolder"] ?? "data";
        Dictionary<string, string?> defaults = new(StringComparer.OrdinalIgnoreCase)
        {
            ["OpenData:DataFolder"] = data,
            ["OpenData:Storage:Path"] = Path.Combine(data, "storage"),
            ["OpenData:Storage:Cache:Path"] = Path.Combine(data, "cache"),
            ["OpenData:Sources:Root"] = Path.Combine(data, "deliveries"),
            ["urls"] = DefaultUrl,
        };
        configuration.AddInMemoryCollection(defaults.Where(pair => configuration[pair.Key] is null));
    }

    /// <summary>What is wrong with a <c>Key=value</c> pair, or null.</summary>
    public static string? Fault(string pair) =>
        pair.IndexOf('=') > 0 ? null : string.Create(CultureInfo.InvariantCulture, $"'{pair}' is not a setting; expected Key=value, such as OpenData:Storage:Kind=s3");
}
