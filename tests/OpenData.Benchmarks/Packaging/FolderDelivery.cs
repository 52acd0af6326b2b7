using System.Runtime.CompilerServices;
using OpenData.Server.Sources;

namespace OpenData.Benchmarks.Packaging;

/// <summary>All files below a folder, as they are.</summary>
internal sealed class FolderDelivery(string folder) : Delivery
{
    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    public override string Edition => "benchmark";

    public override DateTimeOffset ReadyAt => DateTimeOffset.UnixEpoch;

    public override async IAsyncEnumerable<DeliveryFile> ListAsync([EnumeratorCancellation] CancellationToken stop)
    {
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        foreach (FileInfo file in new DirectoryInfo(_root).EnumerateFiles("*", all))
        {
            string name = file.FullName[(_root.Length + 1)..];
            yield return new DeliveryFile(name, file.Length, file.LinkTarget is null ? null : "it is a symbolic link");
        }
        await Task.CompletedTask;
    }

    public override Task<Stream> OpenAsync(DeliveryFile file, CancellationToken stop) => Task.FromResult<Stream>(
        new FileStream(Path.Combine(_root, file.Name), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0));

    public override Task<Stream?> OpenAuthorityAsync(CancellationToken stop) => Task.FromResult<Stream?>(null);
}
