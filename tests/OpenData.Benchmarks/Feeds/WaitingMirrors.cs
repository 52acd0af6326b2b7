using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenData.Benchmarks.Feeds;

/// <summary>
/// So many mirrors wait for the next change (long polls), each on a connection of its own: what they take of the server's memory, and how long it is from a
/// change until the last one has it. Prints <c>waiting</c> once all wait, and then waits for them to be answered.
/// </summary>
internal static class WaitingMirrors
{
    public static async Task RunAsync(string url, int mirrors, long head, int pid)
    {
        Uri server = new(url);
        byte[] request = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"GET /api/v1/changes?after={head}&wait=60 HTTP/1.1\r\nHost: {server.Authority}\r\nUser-Agent: mirror/1.0\r\nAccept: application/json\r\n\r\n"));
        // One that came and went: what the server makes for its first request is not counted to them.
        using (HttpClient warm = new())
        {
            await warm.GetStringAsync(new Uri(server, "/api/v1/changes?wait=1"));
        }
        long before = Resident(pid);
        Socket[] sockets = new Socket[mirrors];
        for (int i = 0; i < mirrors; i++)
        {
            sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await sockets[i].ConnectAsync(IPAddress.Loopback, server.Port);
            await sockets[i].SendAsync(request);
        }
        await Task.Delay(TimeSpan.FromSeconds(5));
        long during = Resident(pid);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"waiting mirrors={mirrors} kb_each={(during - before) / (double)mirrors:0.0} rss_mb={during / 1000.0:0}"));
        long began = 0;
        int answered = 0;
        await Task.WhenAll(sockets.Select(async socket =>
        {
            byte[] own = new byte[1024];
            int read = await socket.ReceiveAsync(own);
            Interlocked.CompareExchange(ref began, Stopwatch.GetTimestamp(), 0);
            if (Encoding.ASCII.GetString(own, 0, read).Contains("\"items\":[{", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref answered);
            }
        }));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"answered={answered} first_to_last_ms={Stopwatch.GetElapsedTime(began).TotalMilliseconds:0}"));
        foreach (Socket socket in sockets)
        {
            socket.Dispose();
        }
    }

    /// <summary>Kilobytes of memory that the process holds.</summary>
    private static long Resident(int pid) => long.Parse(
        File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
