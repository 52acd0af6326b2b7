using System.Net;
using System.Net.Sockets;

namespace OpenData.Tests.Support;

/// <summary>
/// Ports for programs that have to be told theirs. They lie below those that the kernel gives to outgoing connections and to whoever asks for any: one of these could be
/// somebody else's before the program listens. None is given twice.
/// </summary>
internal static class FreePort
{
    private const int First = 10_000;
    private const uint Count = 20_000;
    private static int s_last = Random.Shared.Next((int)Count);

    /// <summary>A port of the loopback address that nobody listens on.</summary>
    public static int Next()
    {
        while (true)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref s_last) % Count);
            try
            {
                using TcpListener listener = new(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody's; the next one.
            }
        }
    }
}
