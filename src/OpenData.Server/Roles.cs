namespace OpenData.Server;

/// <summary>What a process does.</summary>
[Flags]
internal enum Roles
{
    /// <summary>Neither: a verb of the shell that ends by itself.</summary>
    None = 0,

    /// <summary>Serves files, the API and pages.</summary>
    Gateway = 1,

    /// <summary>Packages deliveries by schedule.</summary>
    Worker = 2,

    /// <summary>Both.</summary>
    All = Gateway | Worker,
}

/// <summary>Roles as texts have them.</summary>
internal static class RoleWords
{
    /// <summary><c>gateway</c>, <c>worker</c>, both parted by a space, or nothing.</summary>
    public static string Words(this Roles roles) =>
        string.Join(' ', new[] { Roles.Gateway, Roles.Worker }.Where(role => roles.HasFlag(role)).Select(role => role.ToString().ToLowerInvariant()));
}
