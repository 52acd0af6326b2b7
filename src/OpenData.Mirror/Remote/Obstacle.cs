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
internal sealed record Obstacle(ObstacleKind Kind, Words Reason, TimeSpan? RetryAfter = null, int ExitCode = ExitCode.Failed, int Status = 0)
{
    public static Obstacle Later(Words reason) => new(ObstacleKind.Later, reason);

    public static Obstacle Changed(Words reason) => new(ObstacleKind.Changed, reason);

    /// <summary>A connection that is open and brings nothing.</summary>
    public static Obstacle Silent(TimeSpan stall) => Later(new($"nothing arrived for {stall.TotalSeconds:0} s", $"{stall.TotalSeconds:0} 秒没有收到数据"));

    /// <summary>Judges a status that is not a success (RFC 9110, 15; RFC 6585 for 429).</summary>
    public static Obstacle Of(HttpStatusCode status, Problem? problem, TimeSpan? retryAfter, Uri? location)
    {
        Words? detail = problem?.Detail is { Length: > 0 } text ? new($": {Plain(text)}", $"：{Plain(text)}") : null;
        Words says = new($"the server answered {(int)status} ({Plain(problem?.Title ?? status.ToString())}){detail}", $"服务器答复 {(int)status}{ChineseName(status)}{detail}");
        Obstacle obstacle = (int)status switch
        {
            401 or 403 or 407 or 451 => new Obstacle(ObstacleKind.Final, says, ExitCode: Mirror.ExitCode.NotAuthorized),
            412 or 416 => new Obstacle(ObstacleKind.Changed, says),
            408 or 425 or 429 or >= 500 and not 501 and not 505 => new Obstacle(ObstacleKind.Later, says, retryAfter),
            >= 300 and < 400 => new Obstacle(
                ObstacleKind.Final, new($"{says}, to {location}: give the address it moved to with --server", $"{says}，已迁至 {location}：请用 --server 给出新地址")),
            _ => new Obstacle(ObstacleKind.Final, says),
        };
        return obstacle with { Status = (int)status };
    }

    /// <summary>The server is there and has trouble with this one thing.</summary>
    public bool IsOfThisFile => Status >= 500;

    /// <summary>The failure of a command that cannot do without <paramref name="what"/>.</summary>
    public MirrorException ToException(string what) => new(ExitCode, new($"{what}: {Reason}", $"{what}：{Reason}")) { EndsAll = Status is 401 or 407, Status = Status };

    private static string ChineseName(HttpStatusCode status) => (int)status switch
    {
        401 => "（需要有效的访问密钥）",
        403 => "（未获授权）",
        404 => "（不存在）",
        410 => "（已撤回）",
        429 => "（请求过多）",
        >= 500 => "（服务器暂时无法提供）",
        _ => "",
    };

    // What a server says goes to a terminal: no control sequences.
    private static string Plain(string text) => string.Concat(text.Take(500).Where(c => !char.IsControl(c)));
}
