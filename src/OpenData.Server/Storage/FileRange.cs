using Microsoft.Win32.SafeHandles;
using OpenData.Server.Streams;

namespace OpenData.Server.Storage;

/// <summary>A range of an open file.</summary>
internal sealed class FileRange(BlobKey key, SafeFileHandle file, long offset, long length) : RangeStream(length)
{
    protected override async ValueTask<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken stop)
    {
        int read = await RandomAccess.ReadAsync(file, buffer, offset + Position, stop);
        return read > 0 ? read : throw new EndOfStreamException($"The file of {key} ends at byte {offset + Position}: it was cut short.");
    }
}
