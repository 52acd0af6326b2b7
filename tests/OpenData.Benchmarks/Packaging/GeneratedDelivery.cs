using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using OpenData.Server.Sources;

namespace OpenData.Benchmarks.Packaging;

/// <summary>So many files of so many bytes that exist nowhere: for measuring what size and number cost without a disk that holds them.</summary>
internal sealed class GeneratedDelivery(int files, long bytes) : Delivery
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(Corpus.Document(new Random(1), 1, 1 << 20));

    public static GeneratedDelivery Parse(string files, string bytes) =>
        new(int.Parse(files, CultureInfo.InvariantCulture), long.Parse(bytes, CultureInfo.InvariantCulture));

    public override string Edition => "benchmark";

    public override DateTimeOffset ReadyAt => DateTimeOffset.UnixEpoch;

    public override async IAsyncEnumerable<DeliveryFile> ListAsync([EnumeratorCancellation] CancellationToken stop)
    {
        for (int i = 0; i < files; i++)
        {
            yield return new DeliveryFile($"{i / 2000:0000}/CN1020150{i:00000000}CN{i:0000000000000}BFULZH20231003CN00Q.XML", bytes);
        }
        await Task.CompletedTask;
    }

    public override Task<Stream> OpenAsync(DeliveryFile file, CancellationToken stop) => Task.FromResult<Stream>(new Repeated(file.Size));

    public override Task<Stream?> OpenAuthorityAsync(CancellationToken stop) => Task.FromResult<Stream?>(null);

    private sealed class Repeated(long length) : Stream
    {
        private long _at;

        public override int Read(Span<byte> buffer)
        {
            int from = (int)(_at * 31 % (Text.Length / 2));
            int take = (int)Math.Min(Math.Min(buffer.Length, length - _at), Text.Length - from);
            Text.AsSpan(from, take).CopyTo(buffer);
            _at += take;
            return take;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _at; set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
