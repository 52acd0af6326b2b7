namespace OpenData.Mirror;

/// <summary>The command cannot go on. The words name what failed and what to do, for a reader who never saw the code; <see cref="Exception.Message"/> is their English.</summary>
internal sealed class MirrorException(int exitCode, Words words, Exception? inner = null) : Exception(words.English, inner)
{
    public int ExitCode { get; } = exitCode;

    public Words Words { get; } = words;

    /// <summary>Nothing else can succeed either: the server is gone, the key is refused, the disk is full.</summary>
    public bool EndsAll { get; init; }

    /// <summary>The HTTP status that it came of; 0 for another cause.</summary>
    public int Status { get; init; }

    public static MirrorException Failed(Words words, Exception? inner = null) => new(Mirror.ExitCode.Failed, words, inner);

    public static MirrorException Usage(Words words) => new(Mirror.ExitCode.Usage, words);

    public static MirrorException Integrity(Words words) => new(Mirror.ExitCode.Integrity, words);
}
