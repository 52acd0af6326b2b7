using OpenData.Server.Database;

namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>Where the nodes of a service leave their reports for each other.</summary>
public abstract class ShareExchange
{
    /// <summary>A report older than this is a dead node's. With a round a second it survives one that is lost.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2.5);

    /// <summary>Leaves this node's report and takes those of all others that are alive.</summary>
    /// <exception cref="System.Data.Common.DbException">They cannot be reached; keep what was known.</exception>
    /// <exception cref="DatabaseUnavailableException">The same.</exception>
    public abstract Task<IReadOnlyList<byte[]>> ExchangeAsync(byte[] report, CancellationToken stop);

    /// <summary>This node ends: the others need not wait until its report has grown old.</summary>
    public abstract Task LeaveAsync(CancellationToken stop);
}
