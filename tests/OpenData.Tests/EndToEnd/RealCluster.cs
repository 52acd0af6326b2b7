using System.Globalization;
using OpenData.Server.Database;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd;

/// <summary>The cluster of <c>deploy/cluster.sh</c>: PostgreSQL, Ceph, gateways, workers and HAProxy, each a real process that can be killed.</summary>
public sealed class RealCluster : IAsyncLifetime
{
    public const string Dataset = "CN-PA-TXTS-10-A";
    private readonly TemporaryFolder _folder = new();
    private string _connection = "";
    private SqlDatabase? _database;

    /// <summary>Where HAProxy listens.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The gateways by themselves.</summary>
    public IReadOnlyList<Uri> Gateways { get; private set; } = [];

    public SqlDatabase Database => _database!;

    /// <summary>The newest release's archive and its size.</summary>
    public (string Path, long Bytes, string Sha256) Archive { get; private set; }

    public string Deliveries => _folder["cluster/deliveries"];

    private static string Script
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OpenData.sln")))
            {
                folder = folder.Parent;
            }
            return Path.Combine(folder.ShouldNotBeNull().FullName, "deploy", "cluster.sh");
        }
    }

    public async Task InitializeAsync()
    {
        if (TestServers.NoCeph is not null || TestServers.NoPostgres is not null)
        {
            return;
        }
        File.SetUnixFileMode(_folder.Path, File.GetUnixFileMode(_folder.Path) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute); // PostgreSQL may run as another user
        await Tool.SucceedAsync(
            _folder.Path, "env", $"OPENDATA_SERVER={Path.Combine(AppContext.BaseDirectory, "opendata-server.dll")}", "bash", Script, "up", _folder["cluster"]);
        string[] gateways = ["gateway1", "gateway2", "gateway3"];
        Gateways = [.. gateways.Select(UrlOf)];
        Url = UrlOf("haproxy");
        string line = File.ReadLines(_folder["cluster/opendata.env"]).Single(text => text.StartsWith("OpenData__Database__ConnectionString=", StringComparison.Ordinal));
        _connection = line[(line.IndexOf('=') + 1)..].Trim('\'');
        _database = new PostgresDatabase(_connection);
        await ServerAsync("sample", Deliveries, "--dataset", Dataset, "--editions", "1", "--size", "20MB");
        await ServerAsync("package", Dataset);
        using HttpClient client = new() { BaseAddress = Url };
        string key = await KeyAsync("reader", "partner");
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using System.Text.Json.JsonDocument page = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync($"/api/v1/datasets/{Dataset}/releases"));
        System.Text.Json.JsonElement newest = page.RootElement.GetProperty("items")[0];
        string edition = newest.GetProperty("edition").GetString()!;
        using System.Text.Json.JsonDocument manifest = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync($"/files/{Dataset}/{edition}/r1/release.json"));
        System.Text.Json.JsonElement archive = manifest.RootElement.GetProperty("archives")[0];
        Archive = ($"/files/{Dataset}/{edition}/r1/{archive.GetProperty("name").GetString()}", archive.GetProperty("bytes").GetInt64(), archive.GetProperty("sha256").GetString()!);
    }

    public async Task DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
        if (Directory.Exists(_folder["cluster"]))
        {
            await Tool.RunAsync(_folder.Path, "bash", Script, "down", _folder["cluster"]);
        }
        _folder.Dispose();
    }

    /// <summary><c>kill</c>, <c>start</c> or <c>restart</c> of one process.</summary>
    public async Task DoAsync(string verb, string name)
    {
        await Tool.SucceedAsync(_folder.Path, "bash", Script, verb, name, _folder["cluster"]);
        if (name == "postgres")
        {
            // This process's idle connections are dead, and nobody has told it.
            await _database!.DisposeAsync();
            _database = new PostgresDatabase(_connection);
        }
    }

    /// <summary>A verb of the server with the cluster's settings.</summary>
    public Task<string> ServerAsync(params string[] verb) => Tool.SucceedAsync(_folder.Path, "bash", [Script, "server", _folder["cluster"], .. verb]);

    /// <summary>A key of a new account, known to all gateways.</summary>
    public async Task<string> KeyAsync(string name, string tier, params string[] roles) => (await KeysAsync([name], tier, roles)).Single();

    /// <summary>A key of each of some new accounts, known to all gateways.</summary>
    public async Task<IReadOnlyList<string>> KeysAsync(IReadOnlyList<string> names, string tier, params string[] roles)
    {
        List<string> keys = [];
        foreach (string name in names)
        {
            keys.Add(await ServerKeys.AddAsync(Database, name, tier, roles));
        }
        foreach (Uri gateway in Gateways)
        {
            using HttpClient client = new() { BaseAddress = gateway };
            client.DefaultRequestHeaders.Authorization = new("Bearer", keys[^1]);
            await Eventually.TrueAsync(async () => (await client.GetAsync(new Uri("/api/v1/me", UriKind.Relative))).IsSuccessStatusCode, $"{gateway} knows the key of {names[^1]}", TimeSpan.FromMinutes(1));
        }
        return keys;
    }

    /// <summary>The name of the worker with this process id, as the cluster's script knows it.</summary>
    public string WorkerOf(int pid) =>
        Directory.EnumerateFiles(_folder["cluster/run"], "worker*.pid").Single(file => int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) == pid) is { } found
            ? Path.GetFileNameWithoutExtension(found)
            : throw new InvalidOperationException($"No worker has the process id {pid}.");

    private Uri UrlOf(string name) => new(File.ReadAllText(_folder[$"cluster/run/{name}.url"]).Trim().Replace("/readyz", "", StringComparison.Ordinal));
}
