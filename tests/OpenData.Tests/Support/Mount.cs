using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace OpenData.Tests.Support;

/// <summary>A file system of its own, small enough to be filled. Needs root.</summary>
public sealed class Mount : IDisposable
{
    private readonly string folder;

    private Mount(string folder) => this.folder = folder;

    /// <summary>Mounts a file system in memory on a new folder; false where this process may not.</summary>
    public static bool TryTmpfs(string folder, string size, [NotNullWhen(true)] out Mount? mount)
    {
        Directory.CreateDirectory(folder);
        mount = Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder) == 0 ? new Mount(folder) : null;
        return mount is not null;
    }

    public void Dispose() => Run("umount", "--lazy", folder);

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
