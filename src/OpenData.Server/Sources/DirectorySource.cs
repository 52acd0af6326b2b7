using System.Text;
using OpenData.Format;

namespace OpenData.Server.Sources;

/// <summary>Deliveries in the folders below <c>root/path</c>, one folder an edition.</summary>
/// <param name="root">The folder of all deliveries.</param>
/// <param name="path">The dataset's folder below it.</param>
/// <param name="ready">The name of the marker.</param>
/// <param name="passedOver">Where editions are told that cannot be taken.</param>
internal sealed class DirectorySource(string root, string path, string ready, PassedOverEditions passedOver) : Source
{
    private readonly string place = Path.Combine(Path.GetFullPath(root), path);
    private readonly byte[] marker = Encoding.UTF8.GetBytes(ready);

    /// <inheritdoc/>
    public override Task<IReadOnlyList<string>> ListEditionsAsync(CancellationToken stop) => Task.Run(() => Guarded(() => ListEditions(stop)), stop);

    /// <inheritdoc/>
    public override Task<Delivery?> OpenAsync(string edition, CancellationToken stop) => Task.Run(() => Guarded<Delivery?>(() => Open(edition)), stop);

    private IReadOnlyList<string> ListEditions(CancellationToken stop)
    {
        using NativeFolder? folder = OpenPlace();
        List<string> editions = [];
        foreach (byte[] name in folder?.Names() ?? [])
        {
            stop.ThrowIfCancellationRequested();
            if (IsReady(folder!, name))
            {
                editions.Add(Encoding.UTF8.GetString(name));
            }
        }
        editions.Sort(StringComparer.Ordinal);
        return editions;
    }

    private bool IsReady(NativeFolder folder, byte[] name)
    {
        string edition = Encoding.UTF8.GetString(name);
        NativeStatus? status = folder.Status(name);
        if (status is not { IsFolder: true })
        {
            if (status is { IsFile: false })
            {
                passedOver.Tell(place, edition, $"it is {status.Value.KindName}, and links are not followed");
            }
            return false; // a file beside the editions is nobody's business
        }
        using NativeFolder? editionFolder = folder.OpenFolder(name);
        if (editionFolder?.Status(marker) is not { IsFile: true })
        {
            return false;
        }
        if (!ReleaseId.IsEdition(edition))
        {
            passedOver.Tell(place, edition, "its name is not an edition id");
            return false;
        }
        return true;
    }

    private DirectoryDelivery? Open(string edition)
    {
        if (!ReleaseId.IsEdition(edition))
        {
            return null;
        }
        using NativeFolder? folder = OpenPlace();
        NativeFolder? editionFolder = folder?.OpenFolder(Encoding.UTF8.GetBytes(edition));
        if (editionFolder?.Status(marker) is { IsFile: true } status)
        {
            return new DirectoryDelivery(editionFolder, edition, ready, status.ModifiedAt);
        }
        editionFolder?.Dispose();
        return null;
    }

    /// <summary>Null where the dataset has no folder yet; but the root must be there, else it may not be mounted.</summary>
    private NativeFolder? OpenPlace()
    {
        if (NativeFolder.Open(place) is { } folder)
        {
            return folder;
        }
        return Directory.Exists(root)
            ? null
            : throw new SourceUnavailableException(place, $"there is no folder '{Path.GetFullPath(root)}'. Look at whether it is mounted and at {SourcesOptions.Section}:Root.");
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (IOException error) when (error is not SourceUnavailableException)
        {
            throw new SourceUnavailableException(place, error.Message, error);
        }
    }
}
