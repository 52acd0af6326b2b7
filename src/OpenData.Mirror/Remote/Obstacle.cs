using System.Net;
using OpenData.Format;

namespace OpenData.Mirror.Remote;

/// <summary>What to do about an answer that is not the file.</summary>
internal enum ObstacleKind
{
    /// <summary>Ask again after a while: the server is busy, restarting or out of reach.</summary>
    Later,

    /// <summary>The bytes asked for are not those of the file as it was: forget what is half received, ask anew.</summary>
    Changed,

    /// <summary>Asking again will not help.</summary>
    Final,
}

/// <summary>Why a request did not bring what was asked for.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Reason">A sentence without its subject: <c>the server answered 503 (Service Unavailable)</c>.</param>
/// <param name="RetryAfter">How long the server wants to be left alone, if it said so.</param>
/// <param name="ExitCode">For <see cref="ObstacleKind.Final"/>.</param>
/// <param name="Status">The status of the answer; 0 where there was none.</param>
internal sealed record Obstacle(ObstacleKind Kind, string Reason, TimeSpan? RetryAfter = null, int ExitCode = ExitCode.Failed, int Status = 0)
{
    public static Obstacle Later(string reason) => new(ObstacleKind.Later, reason);

    public static Obstacle Changed(string reason) => new(ObstacleKind.Changed, reason);

    /// <summary>Judges a status that is not a success (RFC 9110, 15; RFC 6585 for 429).</summary>
    public static Obstacle Of(HttpStatusCode status, Problem? problem, TimeSpan? retryAfter, Uri? location)
    {
        string says = $"the server answered {(int)status} ({problem?.Title ?? status.ToString()})" + (problem?.Detail is { Length: > 0 } detail ? ": " + Plain(detail) : "");
        Obstacle obstacle = (int)status switch
        {
            401 or 403 or 407 or 451 => new Obstacle(ObstacleKind.Final, says, ExitCode: Mirror.ExitCode.NotAuthorized),
            412 or 416 => new Obstacle(ObstacleKind.Changed, says),
            408 or 425 or 429 or >= 500 and not 501 and not 505 => new Obstacle(ObstacleKind.Later, says, retryAfter),
            >= 300 and < 400 => new Obstacle(ObstacleKind.Final, $"{says}, to {location}: give the address it moved to with --server"),
            _ => new Obstacle(ObstacleKind.Final, says),
        };
        return obstacle with { Status = (int)status };
    }

    /// <summary>The server is there and has trouble with this one thing.</summary>
    public bool IsOfThisFile => Status >= 500;

    /// <summary>The failure of a command that cannot do without <paramref name="what"/>.</summary>
    public MirrorException ToException(string what, string more = "") => new(ExitCode, $"{what}: {Reason}{more}") { EndsAll = Status is 401 or 407, Status = Status };

    // What a server says goes to a terminal: no control sequences.
    private static string Plain(string text) => string.Concat(text.Take(500).Where(c => !char.IsControl(c)));
}
