using System.Net.Sockets;
using System.Security.Authentication;

namespace OpenData.Mirror.Remote;

/// <summary>Failures of the connection, in words.</summary>
internal static class NetworkFailure
{
    public static Words Of(Exception e) => e switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => new($"the connection failed: {CauseOf(e)}", $"连接失败：{CauseOf(e)}"),
        HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => new("the connection ended early", "连接提前结束"),
        _ => new($"the connection broke: {CauseOf(e)}", $"连接中断：{CauseOf(e)}"),
    };

    /// <summary>What the system says of it; in Chinese as far as it has a number.</summary>
    public static Words CauseOf(Exception e)
    {
        Exception cause = e.InnerException ?? e;
        return new(cause.Message, cause switch
        {
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "对方没有接受连接",
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "找不到这个主机名",
            SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable } => "网络不通",
            SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted } => "对方断开了连接",
            SocketException { SocketErrorCode: SocketError.TimedOut } or TimeoutException => "超时",
            AuthenticationException => "对方的证书不可信",
            _ => cause.Message,
        });
    }
}
