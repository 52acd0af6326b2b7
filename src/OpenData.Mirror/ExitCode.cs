namespace OpenData.Mirror;

/// <summary>What the process tells whoever started it.</summary>
internal static class ExitCode
{
    /// <summary>All that was asked for is there.</summary>
    public const int Done = 0;

    /// <summary>Something failed; standard error names it. The same command goes on where it stopped.</summary>
    public const int Failed = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>The server wants a key, another key, or accepted terms.</summary>
    public const int NotAuthorized = 3;

    /// <summary>Bytes, digests or signatures do not agree: nothing of it was accepted.</summary>
    public const int Integrity = 4;

    /// <summary>Ended by Ctrl+C or a signal (128 + SIGINT, as shells count).</summary>
    public const int Interrupted = 130;
}
