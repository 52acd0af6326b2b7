using System.CommandLine;
using OpenData.Server.Shell;

CommonOptions common = new();
RootCommand root = new(
    """
    OpenData packages an office's data deliveries into checksummed archives and serves them at each account's rate.

    Try it:            opendata-server demo
    Run the service:   opendata-server serve --data /var/lib/opendata
    """)
{
    ServeCommand.Create(common),
    HealthCommand.Create(common),
    DemoCommand.Create(common),
    SampleCommand.Create(common.Catalog, TimeProvider.System),
    PackageCommand.Create(common),
    CatalogCommand.Create(common),
    AccountCommand.Create(common.PrepareAsync),
    KeyCommand.Create(common.PrepareAsync),
    WithdrawCommand.Create(common),
    WithdrawnCommand.Create(common),
    SigningKeyCommand.Create(common),
    ScrubCommand.Create(common),
    SweepCommand.Create(common),
    MigrateCommand.Create(common),
};
common.AddTo(root);
return await Verb.InvokeAsync(root, args);
