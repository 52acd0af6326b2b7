namespace OpenData.Server.Gateway.FastLane;

/// <summary>What became of a connection's next request on the fast lane.</summary>
internal enum LaneOutcome
{
    /// <summary>Answered; another request may follow.</summary>
    Served,

    /// <summary>The connection is over.</summary>
    Ended,

    /// <summary>Nothing was consumed and nothing sent: Kestrel goes on.</summary>
    LeftToKestrel,
}
