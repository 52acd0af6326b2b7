namespace OpenData.Tests.Support;

/// <summary>A new empty folder, removed afterwards with all that is in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private const long Room = 1L << 30;

    private static readonly string s_memory = Directory.Exists("/dev/shm") && new DriveInfo("/dev/shm").AvailableFreeSpace > Room ? "/dev/shm" : System.IO.Path.GetTempPath();

    public TemporaryFolder()
        : this(Directory.CreateTempSubdirectory("opendata-"))
    {
    }

    private TemporaryFolder(DirectoryInfo folder) => Path = folder.FullName;

    public string Path { get; }

    public string this[string below] => System.IO.Path.Combine(Path, below);

    /// <summary>
    /// One in memory, if there is room, where every commit would wait for a disk that no test looks at: for databases. What a gateway serves
    /// stays on a disk, for it asks the kernel what of a file is in memory, and a file system in memory does not answer (preadv2(2), RWF_NOWAIT).
    /// </summary>
    public static TemporaryFolder InMemory()
    {
        string folder = System.IO.Path.Combine(s_memory, "opendata-" + Guid.NewGuid().ToString("N"));
        return new TemporaryFolder(OperatingSystem.IsWindows() ? Directory.CreateDirectory(folder) : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
