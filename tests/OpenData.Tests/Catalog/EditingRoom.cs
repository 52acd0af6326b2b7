using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OpenData.Server.Catalog;
using OpenData.Server.Catalog.Edits;
using OpenData.Server.Database;
using OpenData.Server.Scheduling;
using OpenData.Tests.Support;

namespace OpenData.Tests.Catalog;

/// <summary>A catalog's folder and a database with edits over it, and any number of nodes on both.</summary>
internal sealed class EditingRoom : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _nodes = [];
    private readonly TestDatabase _database;

    private EditingRoom(TestDatabase database) => _database = database;

    public CatalogFolder Folder { get; } = new();

    public FakeTime Time { get; } = new();

    public static async Task<EditingRoom> OpenAsync(DatabaseKind kind = DatabaseKind.Sqlite) => new(await TestDatabase.CreateAsync(kind));

    /// <summary>A process on this folder and this database.</summary>
    public EditingNode Node(bool review = false)
    {
        EditingNode node = new(_database.OpenAnother(), Folder.Root, Time, new CatalogOptions { ReviewEdits = review });
        _nodes.Add(node);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable node in _nodes)
        {
            await node.DisposeAsync();
        }
        await _database.DisposeAsync();
        Folder.Dispose();
    }
}

/// <summary>What one process knows of the catalog.</summary>
internal sealed class EditingNode : IAsyncDisposable
{
    private readonly SqlDatabase _database;

    public EditingNode(SqlDatabase database, string folder, TimeProvider time, CatalogOptions options)
    {
        _database = database;
        Catalog = new CurrentCatalog(folder, Schedules.CronFault, NullLogger<CurrentCatalog>.Instance);
        Edits = new CatalogEdits(database, Catalog, Options.Create(options), time);
        Watch = new CatalogEditsWatch(Edits, Catalog, Options.Create(options), time, NullLogger<CatalogEditsWatch>.Instance);
    }

    public CurrentCatalog Catalog { get; }

    public CatalogEdits Edits { get; }

    public CatalogEditsWatch Watch { get; }

    /// <summary>The text in force of a file.</summary>
    public string? Text(string file) => Catalog.State.Texts[file];

    /// <summary>Replaces something in the text in force, as a curator does who has just opened it.</summary>
    public async Task<EditOutcome> EditAsync(string file, string old, string changed, string author = "account:anna")
    {
        await Watch.RefreshAsync(CancellationToken.None);
        string before = Text(file).ShouldNotBeNull();
        before.ShouldContain(old);
        return await MakeAsync(author, (file, before, before.Replace(old, changed, StringComparison.Ordinal)));
    }

    public Task<EditOutcome> MakeAsync(string author, params (string File, string? Before, string Text)[] texts) => Edits.MakeAsync(
        new NewEdit(texts.ToDictionary(text => text.File, text => text.Text), texts.ToDictionary(text => text.File, text => text.Before), author, "because"), null, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Watch.Dispose();
        await _database.DisposeAsync();
    }
}
