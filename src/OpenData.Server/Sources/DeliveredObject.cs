using OpenData.Server.S3;
using OpenData.Server.Streams;

namespace OpenData.Server.Sources;

/// <summary>A delivered object, read once and in order; says by its name in the delivery that it changed.</summary>
internal sealed class DeliveredObject(string name, Stream inner) : ForwardStream
{
    public override long Length => inner.Length;

    public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (S3ObjectChangedException error)
        {
            throw new DeliveryChangedException(name, error.Message);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
