namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>Why a running download is ended from the server's side.</summary>
public enum CancelReason
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>The client came back for the rest of the file on another connection.</summary>
    Resumed,

    /// <summary>The client took no byte for the idle time-out.</summary>
    Idle,

    /// <summary>The account was suspended.</summary>
    Suspended,

    /// <summary>The file was withdrawn.</summary>
    Withdrawn,

    /// <summary>The file was found to be damaged in storage.</summary>
    Damaged,

    /// <summary>The node stops.</summary>
    Shutdown,
}

/// <summary>A grant will not come because the stream was cancelled: end the response without its remaining bytes.</summary>
public sealed class StreamCancelledException(CancelReason reason) : OperationCanceledException($"The download was ended: {reason}.")
{
    /// <summary>Why.</summary>
    public CancelReason Reason { get; } = reason;
}
