using System.IO.Pipelines;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Storage;

namespace OpenData.Server.Gateway;

/// <summary>How a response's body ended.</summary>
public enum CopyEnd
{
    /// <summary>All of it was handed to the connection.</summary>
    Complete,

    /// <summary>The client closed the connection or gave the stream up.</summary>
    ClientGone,

    /// <summary>The server ended it: see <see cref="CopyResult.Reason"/>.</summary>
    Cancelled,

    /// <summary>Stored bytes are damaged or the store failed: see <see cref="CopyResult.Error"/>.</summary>
    SourceFailed,
}

/// <param name="End">How it ended.</param>
/// <param name="Bytes">Bytes of the body that were handed to the connection.</param>
/// <param name="Reason">Why the server ended it.</param>
/// <param name="Error">What failed.</param>
public readonly record struct CopyResult(CopyEnd End, long Bytes, CancelReason Reason = CancelReason.None, Exception? Error = null);

/// <summary>
/// Sends a body at the pace of its account. For each chunk:
/// <list type="number">
/// <item>Have the bytes ready: what is not in memory is read on a pool thread, before anything is granted.</item>
/// <item>Wait for a grant. From here on this runs on the pacer's thread, which must not wait: the bytes are there.</item>
/// <item>Only now take a buffer of the connection: read as many as were granted into it, send them, and wait until the client has taken them: a
/// slow client asks for less, and one that waits for its turn holds nothing.</item>
/// </list>
/// Whoever calls must break the connection off unless the result is <see cref="CopyEnd.Complete"/>, so that no client takes a part for the whole.
/// </summary>
public static class ResponseCopier
{
    /// <summary>Copies a body. Never throws for what a client, a store or a curator does.</summary>
    /// <param name="body">What to send.</param>
    /// <param name="open">Opens a range of the content.</param>
    /// <param name="paced">Where grants come from.</param>
    /// <param name="output">The connection. The head must have been sent.</param>
    /// <param name="aborted">Cancelled when the client is gone.</param>
    public static async ValueTask<CopyResult> CopyAsync(
        IReadOnlyList<BodySegment> body, Func<ByteRange, CancellationToken, Task<ContentSource>> open, PacedStream paced, PipeWriter output, CancellationToken aborted)
    {
        Copy copy = new(paced, output, aborted);
        try
        {
            foreach (BodySegment segment in body)
            {
                if (segment.Range.Length == 0)
                {
                    await copy.SendLiteralAsync(segment.Literal);
                    continue;
                }
                ContentSource source = await open(segment.Range, aborted);
                try
                {
                    await copy.SendAsync(source, segment.Range.Length);
                }
                finally
                {
                    await source.DisposeAsync();
                }
            }
            return new CopyResult(CopyEnd.Complete, copy.Sent);
        }
        catch (StreamCancelledException e)
        {
            return new CopyResult(CopyEnd.Cancelled, copy.Sent, e.Reason);
        }
        catch (OperationCanceledException)
        {
            return paced.Cancelled is var reason and not CancelReason.None
                ? new CopyResult(CopyEnd.Cancelled, copy.Sent, reason)
                : new CopyResult(CopyEnd.ClientGone, copy.Sent);
        }
        catch (ClientGoneException)
        {
            return new CopyResult(CopyEnd.ClientGone, copy.Sent);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or BlobStoreUnavailableException)
        {
            return aborted.IsCancellationRequested
                ? new CopyResult(CopyEnd.ClientGone, copy.Sent)
                : new CopyResult(CopyEnd.SourceFailed, copy.Sent, Error: e);
        }
    }

    private sealed class ClientGoneException : Exception;

    private sealed class Copy(PacedStream paced, PipeWriter output, CancellationToken aborted)
    {
        private readonly CancellationToken _stopped = paced.Stopped;

        public long Sent { get; private set; }

        public async ValueTask SendAsync(ContentSource source, long length)
        {
            while (length > 0)
            {
                // 1
                int ready = await source.PrepareAsync((int)Math.Min(paced.Chunk, length), aborted);
                if (ready == 0)
                {
                    throw new InvalidDataException($"The content ended {length} bytes early.");
                }
                // 2
                int granted = await paced.GrantAsync(ready, aborted);
                // 3
                await source.ReadAsync(output.GetMemory(granted)[..granted], aborted);
                output.Advance(granted);
                await FlushAsync(granted);
                length -= granted;
            }
        }

        public async ValueTask SendLiteralAsync(ReadOnlyMemory<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                int granted = await paced.GrantAsync(bytes.Length, aborted);
                bytes.Span[..granted].CopyTo(output.GetSpan(granted));
                output.Advance(granted);
                await FlushAsync(granted);
                bytes = bytes[granted..];
            }
        }

        private async ValueTask FlushAsync(int bytes)
        {
            FlushResult result = await output.FlushAsync(_stopped);
            Sent += bytes;
            if (result.IsCompleted || result.IsCanceled)
            {
                throw new ClientGoneException();
            }
        }
    }
}
