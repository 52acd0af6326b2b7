using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>An account's bandwidth on this node at a moment.</summary>
/// <param name="Key">Whose.</param>
/// <param name="Allowed">What all its streams together may take here.</param>
/// <param name="Achieved">What they took in the last seconds.</param>
/// <param name="MaxStreams">Most downloads at a time.</param>
/// <param name="IsSuspended">Nothing is sent until it is resumed.</param>
/// <param name="HasDemand">A stream waits for bandwidth right now: the account would take more if it had it.</param>
/// <param name="Granted">Bytes since the account was last away for a while.</param>
/// <param name="Streams">Its running downloads.</param>
public sealed record PipeSnapshot(
    PipeKey Key, ByteRate Allowed, ByteRate Achieved, int MaxStreams, bool IsSuspended, bool HasDemand, long Granted, IReadOnlyList<StreamSnapshot> Streams);

/// <summary>A running download at a moment.</summary>
/// <param name="Identity">What it sends.</param>
/// <param name="Allowed">Its equal share of what the account may take; more, if others leave theirs.</param>
/// <param name="Achieved">What it took in the last seconds.</param>
/// <param name="Granted">Bytes it was allowed to send in all.</param>
/// <param name="Sent">Bytes it has taken of them, as far as known.</param>
/// <param name="SinceProgress">How long the client has not taken the last grant.</param>
public sealed record StreamSnapshot(StreamIdentity Identity, ByteRate Allowed, ByteRate Achieved, long Granted, long Sent, TimeSpan SinceProgress);
