using OpenData.Server.Database;

namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>Where the nodes of a service leave their reports for each other.</summary>
public abstract class ShareExchange
{
    /// <summary>Leaves this node's report and takes those of all others that are younger than <see cref="NodeDemand.Lifetime"/>.</summary>
    /// <exception cref="System.Data.Common.DbException">They cannot be reached; keep what was known.</exception>
    /// <exception cref="DatabaseUnavailableException">The same.</exception>
    public abstract Task<IReadOnlyList<byte[]>> ExchangeAsync(byte[] report, CancellationToken stop);

    /// <summary>This node ends: the others need not wait until its report has grown old.</summary>
    public abstract Task LeaveAsync(CancellationToken stop);
}
