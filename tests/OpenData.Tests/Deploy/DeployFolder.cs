namespace OpenData.Tests.Deploy;

/// <summary>The folder <c>deploy</c> of the repository.</summary>
internal static class DeployFolder
{
    public static string Path { get; } = Find();

    public static string Read(string file) => File.ReadAllText(System.IO.Path.Combine(Path, file));

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "OpenData.sln")))
        {
            folder = folder.Parent;
        }
        return System.IO.Path.Combine(folder.ShouldNotBeNull().FullName, "deploy");
    }
}
