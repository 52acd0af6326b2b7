using OpenData.Mirror.Remote;

namespace OpenData.Mirror.Downloads;

/// <summary>How a command transfers.</summary>
internal sealed record DownloadOptions
{
    /// <summary>Connections that bring bytes at one time, over all files. 1 to 32, default 4.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>Bytes a second over all connections; null for as fast as the server gives.</summary>
    public long? MaxRate { get; init; }

    /// <summary>The longest time without a byte of progress, default 5 minutes.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often in a row the server may fail over one file before the command goes on without it, default never: it is what the command is for.</summary>
    public int MostFailures { get; init; } = int.MaxValue;

    /// <summary>A connection that brings nothing for so long is dropped and asked anew, default 30 seconds.</summary>
    public TimeSpan Stall { get; init; } = Server.DefaultStall;

    /// <summary>How often a piece may arrive wrong before the file counts as corrupt on the server, default 4.</summary>
    public int PieceTries { get; init; } = 4;
}
