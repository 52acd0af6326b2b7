using Microsoft.Win32.SafeHandles;
using OpenData.Server.Streams;

namespace OpenData.Server.Sources;

/// <summary>A delivered file, read once and in order. Its end is only told once the file proves to be as it was when it was opened.</summary>
internal sealed class DeliveredFile(string name, SafeFileHandle file, NativeStatus opened) : ForwardStream
{
    private long position;

    public override long Length => opened.Bytes;

    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer) => Took(buffer.Length, RandomAccess.Read(file, buffer, position));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Took(buffer.Length, await RandomAccess.ReadAsync(file, buffer, position, cancellationToken));

    private int Took(int wanted, int read)
    {
        position += read;
        if (position > opened.Bytes)
        {
            throw new DeliveryChangedException(name, $"it had {opened.Bytes} bytes when it was opened and has more now");
        }
        if (read == 0 && wanted > 0)
        {
            CheckUnchanged();
        }
        return read;
    }

    private void CheckUnchanged()
    {
        if (position < opened.Bytes)
        {
            throw new DeliveryChangedException(name, $"it had {opened.Bytes} bytes when it was opened but ended after {position}");
        }
        if (NativeFolder.StatusOf(file).ModifiedAt != opened.ModifiedAt)
        {
            throw new DeliveryChangedException(name, "it was written to");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }
        base.Dispose(disposing);
    }
}
