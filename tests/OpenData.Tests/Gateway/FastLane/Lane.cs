using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using OpenData.Format;
using OpenData.Server.Gateway;

namespace OpenData.Tests.Gateway.FastLane;

/// <summary>How a body gets to the client.</summary>
public enum Way
{
    /// <summary>The fast lane.</summary>
    Fast,

    /// <summary>Kestrel's lane, and sendfile for the body.</summary>
    Kestrel,

    /// <summary>Kestrel's lane, and every byte through the process.</summary>
    Copied,
}

/// <summary>A gateway that uses one of the lanes, spoken to in bytes.</summary>
internal sealed partial class Lane : IAsyncDisposable
{
    private readonly MeterListener _listener = new();
    private long _fast;
    private long _sent;

    private Lane(GatewayHost host, bool isFast)
    {
        Host = host;
        IsFast = isFast;
        GatewayMetrics metrics = host.Of<GatewayMetrics>();
        _listener.SetMeasurementEventCallback<long>((counter, value, _, _) => Interlocked.Add(ref counter == metrics.FastLane ? ref _fast : ref _sent, value));
        _listener.EnableMeasurementEvents(metrics.FastLane);
        _listener.EnableMeasurementEvents(metrics.SendFile);
    }

    public GatewayHost Host { get; }

    public bool IsFast { get; }

    /// <summary>Responses that the fast lane sent.</summary>
    public long Fast => Interlocked.Read(ref _fast);

    /// <summary>Responses of Kestrel's lane whose body went by sendfile.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public string Path { get; private set; } = "";

    public byte[] Archive { get; private set; } = [];

    public static Task<Lane> StartAsync(Way way, int bytes, params (string Name, string Value)[] settings) =>
        StartAsync(way is Way.Fast, bytes, null, [("OpenData:Gateway:SendFile", way is Way.Copied ? "false" : "true"), .. settings]);

    public static Task<Lane> StartAsync(bool fast, int bytes = 300_000, params (string Name, string Value)[] settings) => StartAsync(fast, bytes, null, settings);

    public static async Task<Lane> StartAsync(bool fast, int bytes, Action<IServiceCollection>? change, params (string Name, string Value)[] settings)
    {
        Lane lane = new(await GatewayHost.StartAsync(change, [("OpenData:Gateway:FastLane", fast ? "true" : "false"), .. settings]), fast);
        (lane.Path, lane.Archive) = await lane.Host.PublishRandomAsync(bytes);
        return lane;
    }

    public async Task<TcpClient> ConnectAsync()
    {
        TcpClient client = new() { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, Host.Url.Port);
        return client;
    }

    /// <summary>Fills in what differs between hosts: <c>PATH</c> and <c>TAG</c>.</summary>
    public string Fill(string request) => request
        .Replace("PATH", Path, StringComparison.Ordinal)
        .Replace("TAG", $"\"{Sha256Digest.Of(Archive)}\"", StringComparison.Ordinal);

    /// <summary>Sends bytes and returns all answers to the end of the connection.</summary>
    /// <param name="request">Latin-1.</param>
    /// <param name="piece">Bytes in a packet.</param>
    /// <param name="seconds">How long to wait for the end of the connection.</param>
    public async Task<byte[]> SendAsync(string request, int piece = int.MaxValue, double seconds = 30)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(seconds));
        using TcpClient client = await ConnectAsync();
        NetworkStream stream = client.GetStream();
        byte[] bytes = Encoding.Latin1.GetBytes(Fill(request));
        using MemoryStream answer = new();
        try
        {
            Task reading = stream.CopyToAsync(answer, patience.Token);
            for (int at = 0; at < bytes.Length; at += Math.Min(piece, bytes.Length - at))
            {
                await stream.WriteAsync(bytes.AsMemory(at, Math.Min(piece, bytes.Length - at)), patience.Token);
            }
            await reading;
        }
        catch (OperationCanceledException)
        {
            answer.Write("(still open)"u8);
        }
        catch (IOException)
        {
            // a refused request's rest was not read, so the connection ends with a reset; what was answered is in hand
        }
        return answer.ToArray();
    }

    /// <summary>
    /// An answer with its fields in order of name, and without what the clock or the traffic before it decides. Bodies stay as they are.
    /// </summary>
    public static string Comparable(byte[] answer)
    {
        string rest = Encoding.Latin1.GetString(answer);
        StringBuilder result = new();
        while (rest.StartsWith("HTTP/", StringComparison.Ordinal) && rest.IndexOf("\r\n\r\n", StringComparison.Ordinal) is > 0 and var end)
        {
            string[] lines = rest[..end].Split("\r\n");
            result.Append(lines[0]).Append('\n');
            foreach (string line in lines.Skip(1).Order(StringComparer.Ordinal))
            {
                result.Append(OfTheMoment().Replace(line, "${what}…")).Append('\n');
            }
            rest = rest[(end + 4)..];
            int next = rest.IndexOf("HTTP/1.1 ", StringComparison.Ordinal);
            result.Append(OfTheMoment().Replace(next < 0 ? rest : rest[..next], "${what}…")).Append('\n');
            rest = next < 0 ? "" : rest[next..];
        }
        return result.Append(rest).ToString();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await Host.DisposeAsync();
    }

    [GeneratedRegex("(?<what>^Date: |^Last-Modified: |^RateLimit: \"content-bytes\";r=|it was published at ).*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OfTheMoment();
}
