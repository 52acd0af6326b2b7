using System.CommandLine;
using OpenData.Server.Catalog;
using OpenData.Server.Scheduling;

namespace OpenData.Server.Shell;

/// <summary>Options of every verb.</summary>
internal sealed class CommonOptions
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = "The folder in which an embedded server keeps everything (setting OpenData:DataFolder, default ./data).",
        HelpName = "DIR",
        Recursive = true,
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "A setting, such as --set OpenData:Storage:Kind=s3. The environment has the same as OpenData__Storage__Kind.",
        HelpName = "KEY=VALUE",
        Recursive = true,
        DefaultValueFactory = _ => [],
    };

    public CommonOptions() => _set.Validators.Add(result =>
    {
        foreach (string fault in result.Tokens.Select(t => ServerSettings.Fault(t.Value)).OfType<string>())
        {
            result.AddError(fault);
        }
    });

    public void AddTo(RootCommand root)
    {
        root.Add(_data);
        root.Add(_set);
    }

    /// <summary>The settings that the command line gives.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="urls">Addresses to listen on, for verbs that serve.</param>
    /// <param name="dataFolder">The data folder, for verbs that have their own default.</param>
    public ServerSettings Settings(ParseResult arguments, string? urls = null, string? dataFolder = null) =>
        new(arguments.GetValue(_data) ?? dataFolder, urls, arguments.GetValue(_set) ?? []);

    /// <summary>The catalog folder that the settings name; nothing else is opened.</summary>
    public string CatalogFolder(ParseResult arguments)
    {
        ConfigurationManager configuration = new();
        Settings(arguments).ApplyTo(configuration);
        CatalogOptions options = new();
        configuration.GetSection(CatalogOptions.Section).Bind(options);
        return options.Folder;
    }

    /// <summary>The catalog in that folder.</summary>
    /// <exception cref="CatalogRefusedException">It has errors.</exception>
    public DatasetCatalog Catalog(ParseResult arguments)
    {
        string folder = CatalogFolder(arguments);
        (DatasetCatalog? catalog, IReadOnlyList<CatalogError> errors) = CatalogFiles.Load(folder, Schedules.CronFault);
        return catalog ?? throw new CatalogRefusedException(folder, errors);
    }

    /// <summary>The program without any role, with its database and store ready: for verbs that do one thing and end.</summary>
    public async Task<WebApplication> PrepareAsync(ParseResult arguments, CancellationToken stop)
    {
        WebApplication app = ServerApplication.Build(Settings(arguments), Roles.None);
        try
        {
            await app.PrepareAsync(stop);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }
}
