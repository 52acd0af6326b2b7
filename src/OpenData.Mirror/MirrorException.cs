namespace OpenData.Mirror;

/// <summary>The command cannot go on. The message names what failed and what to do, for a reader who never saw the code.</summary>
internal sealed class MirrorException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>Nothing else can succeed either: the server is gone, the key is refused, the disk is full.</summary>
    public bool EndsAll { get; init; }

    /// <summary>The HTTP status that it came of; 0 for another cause.</summary>
    public int Status { get; init; }

    public static MirrorException Failed(string message, Exception? inner = null) => new(Mirror.ExitCode.Failed, message, inner);

    public static MirrorException Usage(string message) => new(Mirror.ExitCode.Usage, message);

    public static MirrorException Integrity(string message) => new(Mirror.ExitCode.Integrity, message);
}
