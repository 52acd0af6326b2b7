using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>
/// How an account's one rate is divided over the nodes that it downloads from: max-min fair over its streams (Bertsekas and Gallager, Data Networks,
/// 6.5.2), so that 8 downloads get an eighth each, wherever they run. Pure: every node reckons from the same demands and comes to the same result.
/// </summary>
public static class ShareArithmetic
{
    /// <summary>
    /// The part of <paramref name="rate"/> that belongs to the node with the demand <paramref name="mine"/>. The parts of all nodes together are the
    /// rate, less a byte for each node at most, as long as somebody wants it.
    /// </summary>
    /// <param name="rate">What the account was promised.</param>
    /// <param name="mine">What is wanted here.</param>
    /// <param name="others">What is wanted on the other nodes.</param>
    public static ByteRate Share(ByteRate rate, NodeDemand mine, ReadOnlySpan<NodeDemand> others)
    {
        // The level is what each stream gets. Nodes that want less than theirs come out of the reckoning with what they want,
        // which raises the level of the rest; at most one round for each node.
        double left = rate.BytesPerSecond;
        long streams = mine.Streams;
        foreach (NodeDemand other in others)
        {
            streams += other.Streams;
        }
        double level = 0;
        while (streams > 0)
        {
            double next = left / streams;
            if (next <= level)
            {
                break;
            }
            double below = level;
            level = next;
            Settle(mine, below, level, ref left, ref streams);
            foreach (NodeDemand other in others)
            {
                Settle(other, below, level, ref left, ref streams);
            }
        }
        // Where nobody takes all, what is left over is open to whoever comes to want more, by its streams.
        double share = streams > 0 ? Math.Min(Most(mine), mine.Streams * level) : Most(mine) + (left * Part(mine, others));
        return new ByteRate((long)Math.Min(share, rate.BytesPerSecond));
    }

    /// <summary>Takes a node out whose demand lies between two levels.</summary>
    private static void Settle(NodeDemand node, double below, double level, ref double left, ref long streams)
    {
        double most = Most(node);
        if (node.Streams > 0 && most < node.Streams * level && most >= node.Streams * below)
        {
            left -= most;
            streams -= node.Streams;
        }
    }

    private static double Most(NodeDemand node) => node.Streams == 0 ? 0 : node.Wanted is { } wanted ? wanted.BytesPerSecond : double.PositiveInfinity;

    private static double Part(NodeDemand mine, ReadOnlySpan<NodeDemand> others)
    {
        double all = mine.Streams;
        foreach (NodeDemand other in others)
        {
            all += other.Streams;
        }
        return all > 0 ? mine.Streams / all : 1;
    }
}
