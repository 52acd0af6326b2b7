namespace OpenData.Server.Gateway.FastLane;

/// <summary>
/// What another room answers on the fast lane: plain GETs of its addresses, from memory or with a short look into the database, and perhaps after a long wait. The lane reads the request,
/// sends the answer and judges the client; the room knows what to say.
/// </summary>
public interface ILaneRoom
{
    /// <summary>What is answered now; null where the request is not one that the room knows wholly: nothing was consumed, and Kestrel goes on.</summary>
    /// <param name="request">The request.</param>
    /// <param name="gone">The client has left.</param>
    /// <exception cref="Exception">One that is a problem (<see cref="Problems.Of(Exception)"/>) is left to Kestrel, which meets the same and tells it.</exception>
    ValueTask<LaneAnswer?> FindAsync(PlainGetRequest request, CancellationToken gone);
}

/// <summary>An answer that was found, and may wait. It is all that is kept of its request while it does.</summary>
/// <param name="keepAlive">False where the client wants the connection closed after it.</param>
public abstract class LaneAnswer(bool keepAlive)
{
    /// <summary>False where the client wants the connection closed after it.</summary>
    public bool KeepAlive => keepAlive;

    /// <summary>Completes when it is to be sent; true where it has become another meanwhile.</summary>
    public abstract ValueTask<bool> WaitAsync(CancellationToken gone);

    /// <summary>What is sent. Who is answered alike gets the same object.</summary>
    /// <param name="changed">What <see cref="WaitAsync"/> said.</param>
    /// <param name="gone">The client has left.</param>
    /// <exception cref="Exception">One that is a problem ends the connection: the request is gone, so that nobody can tell it; the client asks again.</exception>
    public abstract ValueTask<LaneResponse> RespondAsync(bool changed, CancellationToken gone);
}

/// <summary>A response whose body is in memory.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Fields">Its fields, but for those of the connection and the clock.</param>
/// <param name="Body">Its body, in pieces; none for 304.</param>
public sealed record LaneResponse(int Status, IReadOnlyList<KeyValuePair<string, string>> Fields, IReadOnlyList<ReadOnlyMemory<byte>> Body);
