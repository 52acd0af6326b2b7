using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth.Shares;

/// <summary>What an account wants of one node.</summary>
/// <param name="Streams">Its downloads there.</param>
/// <param name="Wanted">What they can take, where something else than the account's rate holds them back (a slow client, a full link); null where
/// nothing does: they would take whatever they are given.</param>
public readonly record struct NodeDemand(int Streams, ByteRate? Wanted);
