using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>What an account wants of one node.</summary>
/// <param name="Streams">Its downloads there.</param>
/// <param name="Wanted">What they can take, where something else than the account's rate holds them back (a slow client, a full link); null where
/// nothing does: they would take whatever they are given.</param>
public readonly record struct NodeDemand(int Streams, ByteRate? Wanted)
{
    /// <summary>What another node told longer ago than this is a dead node's: 2.5 s. With a round a second it survives one that is lost.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2.5);
}
