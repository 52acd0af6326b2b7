using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OpenData.Benchmarks.Feeds;

/// <summary>
/// So many mirrors wait for the next change (long polls), each on a connection of its own: what they take of the server's memory, and how long it is from a
/// change until the last one has it. Then each asks for what comes after it, as mirrors do, and what they take is measured again. Prints <c>waiting</c> once all
/// wait, and goes on when they are answered.
/// </summary>
internal static class WaitingMirrors
{
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(string url, int mirrors, long head, int pid)
    {
        Uri server = new(url);
        // One that came and went: what the server makes for its first request is not counted to them.
        using (Socket warm = await ConnectAsync(server))
        {
            await warm.SendAsync(Request(server, head, wait: 1));
            await AnswerAsync(warm);
        }
        Memory before = Memory.Of(pid);
        Socket[] sockets = new Socket[mirrors];
        for (int i = 0; i < mirrors; i++)
        {
            sockets[i] = await ConnectAsync(server);
            await sockets[i].SendAsync(Request(server, head, wait: 60));
        }
        await Task.Delay(s_settle);
        Console.WriteLine($"waiting mirrors={mirrors} {(Memory.Of(pid) - before).Each(mirrors)} rss_mb={Memory.Of(pid).Resident / 1000.0:0}");

        long began = 0;
        TimeSpan last = TimeSpan.Zero;
        int answered = 0;
        await Task.WhenAll(sockets.Select(async socket =>
        {
            string answer = await AnswerAsync(socket);
            Interlocked.CompareExchange(ref began, Stopwatch.GetTimestamp(), 0);
            last = Stopwatch.GetElapsedTime(began);
            if (answer.Contains("\"items\":[{", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref answered);
            }
        }));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"answered={answered} first_to_last_ms={last.TotalMilliseconds:0}"));

        foreach (Socket socket in sockets)
        {
            await socket.SendAsync(Request(server, head + 1, wait: 60));
        }
        await Task.Delay(s_settle);
        Console.WriteLine($"again {(Memory.Of(pid) - before).Each(mirrors)}");
        foreach (Socket socket in sockets)
        {
            socket.Dispose();
        }
    }

    private static byte[] Request(Uri server, long after, int wait) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"GET /api/v1/changes?after={after}&limit=1000&wait={wait} HTTP/1.1\r\nHost: {server.Authority}\r\nUser-Agent: mirror/1.0\r\nAccept: application/json\r\n\r\n"));

    private static async Task<Socket> ConnectAsync(Uri server)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        return socket;
    }

    /// <summary>The whole of an answer that fits into one buffer.</summary>
    private static async Task<string> AnswerAsync(Socket socket)
    {
        byte[] own = new byte[2048];
        string answer = "";
        while (!answer.EndsWith('}'))
        {
            int read = await socket.ReceiveAsync(own);
            if (read == 0)
            {
                break;
            }
            answer += Encoding.ASCII.GetString(own, 0, read);
        }
        return answer;
    }

    /// <summary>What a process holds, in KB.</summary>
    /// <param name="Resident">All of it.</param>
    /// <param name="Managed">In the range of addresses that the garbage collector keeps for itself, garbage included.</param>
    /// <param name="Kernel">What the kernel keeps in slabs, of the whole machine: both ends of each connection, and whatever else happens.</param>
    private readonly record struct Memory(long Resident, long Managed, long Kernel)
    {
        public static Memory Of(int pid)
        {
            long resident = 0, managed = 0, inRange = 0;
            ulong rangeStart = 0, rangeEnd = 0;
            bool anonymous = false;
            foreach (string line in File.ReadLines($"/proc/{pid}/smaps"))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words[0].Contains('-', StringComparison.Ordinal))
                {
                    string[] ends = words[0].Split('-');
                    ulong start = ulong.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                    anonymous = words.Length == 5;
                    if (start != rangeEnd || !anonymous)
                    {
                        managed = Larger(managed, rangeEnd - rangeStart, inRange);
                        (rangeStart, inRange) = (start, 0);
                    }
                    rangeEnd = ulong.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                }
                else if (words[0] == "Rss:")
                {
                    long kilobytes = long.Parse(words[1], CultureInfo.InvariantCulture);
                    resident += kilobytes;
                    inRange += anonymous ? kilobytes : 0;
                }
            }
            managed = Larger(managed, rangeEnd - rangeStart, inRange);
            long slabs = long.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith("Slab:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
            return new Memory(resident, managed, slabs);
        }

        public static Memory operator -(Memory now, Memory before) => new(now.Resident - before.Resident, now.Managed - before.Managed, now.Kernel - before.Kernel);

        public string Each(int mirrors) => string.Create(
            CultureInfo.InvariantCulture,
            $"kb_each={Resident / (double)mirrors:0.0} managed={Managed / (double)mirrors:0.0} native={(Resident - Managed) / (double)mirrors:0.0} kernel_both_ends={Kernel / (double)mirrors:0.0}");

        // The collector reserves hundreds of gigabytes of addresses at once; nobody else does.
        private static long Larger(long managed, ulong length, long inRange) => length > 8UL << 30 ? managed + inRange : managed;
    }
}
