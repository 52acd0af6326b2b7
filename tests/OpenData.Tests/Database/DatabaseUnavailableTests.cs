using Npgsql;
using OpenData.Server.Database;
using OpenData.Tests.Support;

namespace OpenData.Tests.Database;

public sealed class DatabaseUnavailableTests
{
    [Fact]
    public async Task A_file_that_is_no_database_is_named()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "notes.db");
        await File.WriteAllTextAsync(path, string.Concat(Enumerable.Repeat("Not a database at all. ", 100)));
        await using SqliteDatabase database = new(path);

        DatabaseUnavailableException error = await Should.ThrowAsync<DatabaseUnavailableException>(database.ProbeAsync(CancellationToken.None));

        error.Message.ShouldBe($"The database at {path} cannot be used: the file is not a SQLite database. Is it the right path?");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named()
    {
        await using SqliteDatabase database = new("/proc/opendata/opendata.db");

        DatabaseUnavailableException error = await Should.ThrowAsync<DatabaseUnavailableException>(database.ProbeAsync(CancellationToken.None));

        error.Message.ShouldContain("/proc/opendata");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named_without_the_password()
    {
        await using PostgresDatabase database = new("Host=127.0.0.1;Port=1;Username=opendata;Password=hush-hush;Database=opendata");

        DatabaseUnavailableException error = await Should.ThrowAsync<DatabaseUnavailableException>(database.ProbeAsync(CancellationToken.None));

        error.Message.ShouldStartWith("The database at postgresql://opendata@127.0.0.1:1/opendata cannot be used: the server cannot be reached");
        error.ToString().ShouldNotContain("hush-hush");
    }

    [PostgresFact]
    public async Task A_database_that_is_missing_on_the_server_is_named()
    {
        await using PostgresDatabase database = new(new NpgsqlConnectionStringBuilder(TestServers.Postgres) { Database = "nowhere" }.ToString());

        DatabaseUnavailableException error = await Should.ThrowAsync<DatabaseUnavailableException>(database.ProbeAsync(CancellationToken.None));

        error.Message.ShouldContain("/nowhere cannot be used: the server has no database of this name.");
    }

    [Theory]
    [InlineData("mysql", null, "OpenData:Database:Provider is 'mysql'; it must be 'sqlite' or 'postgresql'.")]
    [InlineData("postgresql", null, "OpenData:Database:ConnectionString is missing")]
    [InlineData("postgresql", "Hots=db", "OpenData:Database:ConnectionString cannot be read")]
    [InlineData("postgresql", "Username=me", "it names no Host")]
    public void A_wrong_setting_is_named(string provider, string? connectionString, string expected) =>
        new DatabaseOptions { Provider = provider, ConnectionString = connectionString }.Faults().ShouldHaveSingleItem().ShouldContain(expected);
}
