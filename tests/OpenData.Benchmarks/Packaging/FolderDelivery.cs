using OpenData.Server.Sources;

namespace OpenData.Benchmarks.Packaging;

/// <summary>All files below a folder, read as a delivery is.</summary>
internal static class FolderDelivery
{
    /// <summary>Opens the folder.</summary>
    public static Delivery Open(string folder) =>
        new DirectoryDelivery(NativeFolder.Open(folder) ?? throw new DirectoryNotFoundException(folder), "benchmark", "READY", DateTimeOffset.UnixEpoch);
}
