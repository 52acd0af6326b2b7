namespace OpenData.Server.Sources;

/// <summary>One edition as it was delivered: what came, untouched.</summary>
public abstract class Delivery : IAsyncDisposable
{
    /// <summary>The name of the authority file below the edition folder (WIPO ST.37, text form).</summary>
    public const string AuthorityName = "AUTHORITY.csv";

    /// <summary>The edition's id.</summary>
    public abstract string Edition { get; }

    /// <summary>When the ready marker was set, in UTC.</summary>
    public abstract DateTimeOffset ReadyAt { get; }

    /// <summary>
    /// The files to package, in no particular order, as they are listed: without the ready marker and the authority file. What is not a
    /// regular file (a link, a device, a socket) is listed with <see cref="DeliveryFile.Refusal"/> set and is never opened.
    /// </summary>
    public abstract IAsyncEnumerable<DeliveryFile> ListAsync(CancellationToken stop);

    /// <summary>Opens a file for reading once, in order.</summary>
    /// <exception cref="DeliveryChangedException">The file is not as it was listed.</exception>
    public abstract Task<Stream> OpenAsync(DeliveryFile file, CancellationToken stop);

    /// <summary>Reads a whole file that is small enough to be held. The calling thread waits for it: one of many small files is not worth a task.</summary>
    /// <param name="file">The file as it was listed.</param>
    /// <param name="to">Takes its bytes. Has room for one more than were listed, so that a file that grew is known; what is behind them is anything.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <exception cref="DeliveryChangedException">The file is not as it was listed.</exception>
    public virtual void Read(DeliveryFile file, Span<byte> to, CancellationToken stop)
    {
        using Stream stream = OpenAsync(file, stop).GetAwaiter().GetResult();
        int read = stream.ReadAtLeast(to, (int)file.Size + 1, throwOnEndOfStream: false);
        if (read != file.Size)
        {
            throw new DeliveryChangedException(file.Name, $"it was listed with {file.Size} bytes and has {(read < file.Size ? $"{read}" : "more")}");
        }
    }

    /// <summary>Opens the authority file, or returns null where the delivery has none.</summary>
    public abstract Task<Stream?> OpenAuthorityAsync(CancellationToken stop);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A file of a delivery.</summary>
/// <param name="Name">Path below the edition folder, forward slashes, exactly as it was delivered (it may be hostile: judge it before use).</param>
/// <param name="Size">Bytes at the time of listing.</param>
/// <param name="Refusal">Why it can never be opened (a symbolic link, a device …), or null.</param>
public readonly record struct DeliveryFile(string Name, long Size, string? Refusal = null)
{
    /// <summary>When it was written last, in UTC, where the place tells.</summary>
    public DateTimeOffset? ModifiedAt { get; init; }

    /// <summary>The place's own name for its content, where it has one.</summary>
    public string? ETag { get; init; }
}

/// <summary>A delivered file changed, shrank or vanished while it was read. The run fails and may be repeated.</summary>
/// <param name="name">Which file.</param>
/// <param name="why">What differs.</param>
public sealed class DeliveryChangedException(string name, string why) : IOException($"The delivered file '{name}' changed while it was read: {why}")
{
    /// <summary>Which file.</summary>
    public string Name { get; } = name;
}
