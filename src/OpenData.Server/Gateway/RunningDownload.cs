using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Server.Gateway;

/// <summary>A download that has its place among those of its account. Disposing it gives the place back.</summary>
public sealed class RunningDownload : IDisposable
{
    private readonly Action<RunningDownload> _ended;

    internal RunningDownload(Caller caller, ReleaseId release, string file, DateTimeOffset since, PacedStream stream, Action<RunningDownload> ended)
    {
        Caller = caller;
        Release = release;
        File = file;
        Since = since;
        Stream = stream;
        _ended = ended;
    }

    /// <summary>Whose it was when it began.</summary>
    public Caller Caller { get; }

    /// <summary>The release.</summary>
    public ReleaseId Release { get; }

    /// <summary>The file, and behind a slash the entry.</summary>
    public string File { get; }

    /// <summary>When it began, in UTC.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>Its pace.</summary>
    public PacedStream Stream { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended(this);
        Stream.Dispose();
    }
}
