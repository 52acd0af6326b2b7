using System.Buffers;

namespace OpenData.Server.Gateway.Content;

/// <summary>
/// Bytes of a stream that is read once, a piece ahead: while one piece waits for its grants, the next one is on its way. The stream is always
/// read on a pool thread: it may inflate, or wait in ways of its own.
/// </summary>
internal sealed class StreamContentSource(Stream stream) : ContentSource
{
    /// <summary>No piece is smaller, in bytes: a store is not asked for crumbs.</summary>
    private const int LeastPiece = 16 * 1024;

    private readonly CancellationTokenSource _abandoned = new();
    private byte[] _piece = [];
    private int _start;
    private int _end;
    private byte[] _next = [];
    private Task<int>? _reading;
    private int _asked;
    private bool _ended;

    public override ValueTask<int> PrepareAsync(int most, CancellationToken stop) =>
        _start < _end ? new ValueTask<int>(Math.Min(most, _end - _start))
        : _ended ? new ValueTask<int>(0)
        : NextAsync(most, stop);

    public override ValueTask ReadAsync(Memory<byte> target, CancellationToken stop)
    {
        _piece.AsSpan(_start, target.Length).CopyTo(target.Span);
        _start += target.Length;
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _abandoned.CancelAsync();
        if (_reading is not null)
        {
            await ((Task)_reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // a buffer that is read into cannot be given back
        }
        Return(ref _piece);
        Return(ref _next);
        _abandoned.Dispose();
        await stream.DisposeAsync();
        await base.DisposeAsync();
    }

    private async ValueTask<int> NextAsync(int most, CancellationToken stop)
    {
        _reading ??= Begin(most);
        int read = await _reading.WaitAsync(stop);
        _reading = null;
        _ended = read < _asked;
        (_piece, _next) = (_next, _piece);
        (_start, _end) = (0, read);
        if (!_ended)
        {
            _reading = Begin(most);
        }
        return Math.Min(most, read);
    }

    private Task<int> Begin(int most)
    {
        int length = Math.Max(most, LeastPiece);
        if (_next.Length < length)
        {
            Return(ref _next);
            _next = ArrayPool<byte>.Shared.Rent(length);
        }
        _asked = length;
        Memory<byte> target = _next.AsMemory(0, length);
        return Task.Run(async () => await stream.ReadAtLeastAsync(target, length, throwOnEndOfStream: false, _abandoned.Token), _abandoned.Token);
    }

    private static void Return(ref byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        buffer = [];
    }
}
