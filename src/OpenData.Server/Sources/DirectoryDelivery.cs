using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Sources;

/// <summary>An edition in a folder. Everything is looked up from the open folder, so that it stays the same one whatever is renamed above it.</summary>
internal sealed class DirectoryDelivery(NativeFolder folder, string edition, string ready, DateTimeOffset readyAt) : Delivery
{
    /// <summary>How deep folders may be nested: each level holds an open folder while it is listed.</summary>
    private const int DeepestLevel = 64;

    private volatile bool _opensBelow = true;

    /// <inheritdoc/>
    public override string Edition => edition;

    /// <inheritdoc/>
    public override DateTimeOffset ReadyAt => readyAt;

    /// <inheritdoc/>
    public override async IAsyncEnumerable<DeliveryFile> ListAsync([EnumeratorCancellation] CancellationToken stop)
    {
        await Task.Yield(); // what follows waits for the disk, not for tasks
        foreach (DeliveryFile file in List(folder, "", 1))
        {
            stop.ThrowIfCancellationRequested();
            yield return file;
        }
    }

    /// <inheritdoc/>
    public override Task<Stream> OpenAsync(DeliveryFile file, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (file.Refusal is not null)
        {
            throw new ArgumentException($"'{file.Name}' was listed as {file.Refusal} and is never opened.", nameof(file));
        }
        return Task.FromResult<Stream>(Open(file.Name, file.Size) ?? throw new DeliveryChangedException(file.Name, "it is gone, or no longer a file"));
    }

    /// <inheritdoc/>
    public override void Read(DeliveryFile file, Span<byte> to, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (!_opensBelow || file.Refusal is not null)
        {
            base.Read(file, to, stop);
            return;
        }
        (int Descriptor, NativeStatus Status)? found;
        try
        {
            found = folder.OpenBelow(file.Name);
        }
        catch (PlatformNotSupportedException)
        {
            _opensBelow = false;
            base.Read(file, to, stop);
            return;
        }
        if (found is not (int descriptor, NativeStatus status))
        {
            throw new DeliveryChangedException(file.Name, "it is gone, or no longer a file");
        }
        try
        {
            int read = 0;
            for (int more = 1; read < file.Size && more > 0; read += more)
            {
                more = NativeFolder.Read(descriptor, to[read..((int)file.Size + 1)]);
            }
            if (status.Bytes != file.Size || read != file.Size)
            {
                throw new DeliveryChangedException(file.Name, $"it had {file.Size} bytes when it was listed and has {(status.Bytes != file.Size ? $"{status.Bytes}" : read < file.Size ? $"{read}" : "more")} now");
            }
        }
        finally
        {
            NativeFolder.Close(descriptor);
        }
    }

    /// <inheritdoc/>
    public override Task<Stream?> OpenAuthorityAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Task.FromResult<Stream?>(Open(AuthorityName, null));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        folder.Dispose();
        return base.DisposeAsync();
    }

    private IEnumerable<DeliveryFile> List(NativeFolder at, string path, int level)
    {
        foreach (byte[] bytes in at.Names())
        {
            string name = path + Encoding.UTF8.GetString(bytes);
            if (at.Status(bytes) is not { } status)
            {
                throw new DeliveryChangedException(name, "it vanished while the delivery was listed");
            }
            if (!Utf8.IsValid(bytes))
            {
                yield return new DeliveryFile(name, status.Bytes, $"its name is not valid UTF-8: the bytes {Convert.ToHexStringLower(bytes)}");
            }
            else if (status.IsFolder && level == DeepestLevel)
            {
                yield return new DeliveryFile(name, 0, $"it is a folder below {DeepestLevel} others");
            }
            else if (status.IsFolder)
            {
                using NativeFolder below = at.OpenFolder(bytes) ?? throw new DeliveryChangedException(name, "the folder vanished while the delivery was listed");
                foreach (DeliveryFile file in List(below, name + "/", level + 1))
                {
                    yield return file;
                }
            }
            else if (!status.IsFile)
            {
                yield return new DeliveryFile(name, 0, $"it is {status.KindName}");
            }
            else if (name != ready && name != AuthorityName)
            {
                yield return new DeliveryFile(name, status.Bytes) { ModifiedAt = status.ModifiedAt };
            }
        }
    }

    /// <summary>Opens a file step by step, so that none of the folders on the way can be a link. Null where there is no such file.</summary>
    private DeliveredFile? Open(string name, long? size)
    {
        string[] segments = name.Split('/');
        NativeFolder at = folder;
        try
        {
            foreach (string segment in segments[..^1])
            {
                NativeFolder? next = at.OpenFolder(Encoding.UTF8.GetBytes(segment));
                if (at != folder)
                {
                    at.Dispose();
                }
                if (next is null)
                {
                    at = folder;
                    return null;
                }
                at = next;
            }
            if (at.OpenFile(Encoding.UTF8.GetBytes(segments[^1])) is not (SafeFileHandle file, NativeStatus status))
            {
                return null;
            }
            if (size is not null && status.Bytes != size)
            {
                file.Dispose();
                throw new DeliveryChangedException(name, $"it had {size} bytes when it was listed and has {status.Bytes} now");
            }
            return new DeliveredFile(name, file, status);
        }
        finally
        {
            if (at != folder)
            {
                at.Dispose();
            }
        }
    }
}
