using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.Content;

/// <summary>The first range of a response, opened and its first bytes judged before the head is sent.</summary>
internal sealed class AheadSource : IAsyncDisposable
{
    private readonly Func<ByteRange, CancellationToken, Task<ContentSource>> _open;
    private ContentSource? _first;

    private AheadSource(Func<ByteRange, CancellationToken, Task<ContentSource>> open, ContentSource first)
    {
        _open = open;
        _first = first;
    }

    /// <summary>As many bytes as a first grant may have.</summary>
    private const int First = 16 * 1024;

    /// <summary>Opens the range and makes its first bytes ready.</summary>
    /// <exception cref="CorruptContentException">It is not what was published.</exception>
    public static async Task<AheadSource> OpenAsync(Func<ByteRange, CancellationToken, Task<ContentSource>> open, ByteRange range, CancellationToken stop)
    {
        ContentSource source = await open(range, stop);
        try
        {
            await source.PrepareAsync((int)Math.Min(First, range.Length), stop);
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
