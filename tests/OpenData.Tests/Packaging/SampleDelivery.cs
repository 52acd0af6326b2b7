using System.Runtime.CompilerServices;
using System.Text;
using OpenData.Server.Sources;

namespace OpenData.Tests.Packaging;

/// <summary>A delivery whose files a test spells out: names with content, or with a stream made on demand.</summary>
internal sealed class SampleDelivery : Delivery
{
    private readonly List<(DeliveryFile File, Func<Stream> Open)> _files = [];
    private readonly Dictionary<string, Func<Stream>> _byName = new(StringComparer.Ordinal);

    public override string Edition => "20240102";

    public override DateTimeOffset ReadyAt => DateTimeOffset.UnixEpoch;

    public string? Authority { get; init; }

    public IReadOnlyList<string> Names => [.. _files.Select(file => file.File.Name)];

    public SampleDelivery With(string name, byte[] content) => With(name, content.Length, () => new MemoryStream(content, writable: false));

    public SampleDelivery With(string name, string content) => With(name, Encoding.UTF8.GetBytes(content));

    public SampleDelivery With(string name, long listedSize, Func<Stream> open, string? refusal = null)
    {
        _files.Add((new DeliveryFile(name, listedSize, refusal), open));
        _byName[name] = open;
        return this;
    }

    public SampleDelivery Shuffled(int seed)
    {
        SampleDelivery shuffled = new() { Authority = Authority };
        (DeliveryFile, Func<Stream>)[] files = [.. _files];
        new Random(seed).Shuffle(files);
        foreach ((DeliveryFile file, Func<Stream> open) in files)
        {
            shuffled.With(file.Name, file.Size, open, file.Refusal);
        }
        return shuffled;
    }

    public byte[] Content(string name)
    {
        using MemoryStream copy = new();
        using Stream content = _byName[name]();
        content.CopyTo(copy);
        return copy.ToArray();
    }

    public override async IAsyncEnumerable<DeliveryFile> ListAsync([EnumeratorCancellation] CancellationToken stop)
    {
        foreach ((DeliveryFile file, _) in _files)
        {
            yield return file;
        }
        await Task.CompletedTask;
    }

    public override Task<Stream> OpenAsync(DeliveryFile file, CancellationToken stop) => Task.FromResult(_byName[file.Name]());

    public override Task<Stream?> OpenAuthorityAsync(CancellationToken stop) =>
        Task.FromResult<Stream?>(Authority is null ? null : new MemoryStream(Encoding.UTF8.GetBytes(Authority)));
}
