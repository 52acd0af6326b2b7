namespace OpenData.Tests.Support;

/// <summary>A file system of its own in memory, small enough to be filled. Needs root: <see cref="RootFactAttribute"/>.</summary>
public sealed class Mount : IAsyncDisposable
{
    private Mount(string folder) => Folder = folder;

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    /// <summary>Mounts one on a new folder.</summary>
    /// <param name="folder">Is made.</param>
    /// <param name="size">As mount(8) takes it: <c>2m</c>.</param>
    /// <param name="readOnly">Nothing can be written.</param>
    public static async Task<Mount> TmpfsAsync(string folder, string size, bool readOnly = false)
    {
        Directory.CreateDirectory(folder);
        await Tool.SucceedAsync("/", "mount", "-t", "tmpfs", "-o", $"size={size}{(readOnly ? ",ro" : "")}", "tmpfs", folder);
        return new Mount(folder);
    }

    /// <summary>Makes it larger, or smaller.</summary>
    public Task ResizeAsync(string size) => Tool.SucceedAsync("/", "mount", "-o", $"remount,size={size}", Folder);

    /// <summary>Takes it away at once. A process that another test starts just now holds every file of this one until it runs its own program, so the kernel may call the mount busy.</summary>
    public async ValueTask DisposeAsync() => await Tool.SucceedAsync("/", "umount", "--lazy", Folder);
}
