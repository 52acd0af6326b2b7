namespace OpenData.Tests.Support;

/// <summary>A test that needs Ceph's S3 gateway; skipped where there is none, unless servers are required.</summary>
public sealed class CephFactAttribute : FactAttribute
{
    public CephFactAttribute() => Skip = TestServers.NoCeph;
}

/// <summary>A theory that needs Ceph's S3 gateway; skipped where there is none, unless servers are required.</summary>
public sealed class CephTheoryAttribute : TheoryAttribute
{
    public CephTheoryAttribute() => Skip = TestServers.NoCeph;
}

/// <summary>A test that needs PostgreSQL; skipped where there is none, unless servers are required.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = TestServers.NoPostgres;
}

/// <summary>A theory that needs PostgreSQL; skipped where there is none, unless servers are required.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = TestServers.NoPostgres;
}

/// <summary>A test that mounts file systems; skipped for whoever may not, unless servers are required.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = Environment.IsPrivilegedProcess || TestServers.Required ? null : "Only root may mount a file system.";
}
