using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.Content;

/// <summary>The first range of a response, opened and its first block judged before the head is sent.</summary>
internal sealed class AheadSource : IAsyncDisposable
{
    private readonly Func<ByteRange, CancellationToken, Task<ContentSource>> _open;
    private ContentSource? _first;

    private AheadSource(Func<ByteRange, CancellationToken, Task<ContentSource>> open, ContentSource first)
    {
        _open = open;
        _first = first;
    }

    /// <summary>Opens the range and reads a byte of it, which stays to be read.</summary>
    /// <exception cref="CorruptContentException">It is not what was published.</exception>
    public static async Task<AheadSource> OpenAsync(Func<ByteRange, CancellationToken, Task<ContentSource>> open, ByteRange range, CancellationToken stop)
    {
        ContentSource source = await open(range, stop);
        try
        {
            byte[] first = new byte[1];
            int read = await source.ReadAsync(first, stop);
            source.Use(first.AsSpan(0, read), 0);
            return new AheadSource(open, source);
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <summary>The source that was opened, the first time; after that it opens others.</summary>
    public Task<ContentSource> TakeOrOpenAsync(ByteRange range, CancellationToken stop) =>
        Interlocked.Exchange(ref _first, null) is { } first ? Task.FromResult(first) : _open(range, stop);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _first, null) is { } untaken)
        {
            await untaken.DisposeAsync();
        }
    }
}
