using System.Reflection;
using Xunit.Sdk;

namespace OpenData.Tests.Support;

/// <summary>The databases that a test runs on: <c>[Theory, OnSqlite, OnPostgres] public async Task A_promise_holds(DatabaseKind kind)</c>.</summary>
public enum DatabaseKind
{
    Sqlite,
    Postgresql,
}

/// <summary>Runs a theory on SQLite.</summary>
public sealed class OnSqliteAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[DatabaseKind.Sqlite]];
}

/// <summary>Runs a theory on PostgreSQL; reported skipped where there is no server, unless servers are required.</summary>
public sealed class OnPostgresAttribute : DataAttribute
{
    public OnPostgresAttribute() => Skip = TestServers.NoPostgres;

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[DatabaseKind.Postgresql]];
}
