using System.Globalization;

namespace OpenData.Tests.EndToEnd;

/// <summary>What the kernel holds of the connections to a port of this machine (<c>/proc/net/tcp</c> and <c>tcp6</c>, where sockets for both families are; proc(5)).</summary>
internal static class SocketQueues
{
    private const string Established = "01";

    /// <summary>Bytes that clients of the port have received and not read.</summary>
    public static long ReceivedFrom(int port)
    {
        long bytes = 0;
        foreach (string line in File.ReadLines("/proc/net/tcp").Skip(1).Concat(File.ReadLines("/proc/net/tcp6").Skip(1)))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            (string remote, string state, string queues) = (fields[2], fields[3], fields[4]);
            if (state == Established && PortOf(remote) == port)
            {
                bytes += Hex(queues[(queues.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            }
        }
        return bytes;
    }

    private static long PortOf(string address) => Hex(address[(address.IndexOf(':', StringComparison.Ordinal) + 1)..]);

    private static long Hex(string text) => long.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
