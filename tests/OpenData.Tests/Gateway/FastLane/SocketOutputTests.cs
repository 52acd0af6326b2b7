using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using OpenData.Server.Gateway.FastLane;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway.FastLane;

/// <summary>Responses that Kestrel begins and the raw socket goes on with.</summary>
public sealed class SocketOutputTests
{
    private const int Requests = 5000;

    [Fact]
    public async Task Heads_and_bodies_keep_their_order_however_full_the_socket_is()
    {
        await using Lane lane = await Lane.StartAsync(Way.Fast, 300_000);
        using TcpClient client = await lane.ConnectAsync();
        client.ReceiveBufferSize = 128 * 1024;
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        // The cookie makes them Kestrel's. All are on their way before one answer is read, so some head has to wait for the socket.
        StringBuilder requests = new();
        for (int i = 0; i < Requests; i++)
        {
            requests.Append(CultureInfo.InvariantCulture, $"GET {lane.Path} HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\nRange: {Range(i)}\r\n{(i == Requests - 1 ? "Connection: close\r\n" : "")}\r\n");
        }
        Task asking = client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(requests.ToString()), patience.Token).AsTask();
        long seen = -1;
        await Eventually.TrueAsync(() => Task.FromResult(lane.Sent > 0 && seen == (seen = lane.Sent)), "the socket takes no more");

        using MemoryStream answers = new();
        await client.GetStream().CopyToAsync(answers, patience.Token);
        await asking;
        ReadOnlySpan<byte> rest = answers.ToArray();
        for (int i = 0; i < Requests; i++)
        {
            int head = rest.IndexOf("\r\n\r\n"u8) + 4;
            string fields = Encoding.ASCII.GetString(rest[..head]);
            fields.ShouldStartWith("HTTP/1.1 206 ");
            int length = int.Parse(fields.Split("Content-Length: ")[1].Split('\r')[0], CultureInfo.InvariantCulture);
            ReadOnlySpan<byte> body = rest.Slice(head, length);
            if (i % 10 > 0)
            {
                body.SequenceEqual(lane.Archive.AsSpan(i, 800)).ShouldBeTrue($"answer {i}");
            }
            else
            {
                body.IndexOf(lane.Archive.AsSpan(i, 10)).ShouldBeGreaterThan(0, $"answer {i}");
                body.IndexOf(lane.Archive.AsSpan(i + 100, 10)).ShouldBeGreaterThan(0, $"answer {i}");
            }
            rest = rest[(head + length)..];
        }
        rest.Length.ShouldBe(0);
        (lane.Fast, lane.Sent).ShouldBe((0, Requests));

        static string Range(int i) => i % 10 > 0 ? $"bytes={i}-{i + 799}" : $"bytes={i}-{i + 9},{i + 100}-{i + 109}";
    }

    /// <summary>What the socket may be written to on the strength of: else the head could still be on its way.</summary>
    [Fact]
    public async Task A_flush_ends_when_the_transport_has_taken_everything()
    {
        await using Lane lane = await Lane.StartAsync(Way.Fast, 10);
        lane.Host.Of<IOptions<SocketTransportOptions>>().Value.MaxWriteBufferSize.ShouldBe(SocketOutput.NothingBuffered);
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: SocketOutput.NothingBuffered, resumeWriterThreshold: SocketOutput.NothingBuffered / 2)); // as Kestrel's transport makes it
        ValueTask<FlushResult> flush = pipe.Writer.WriteAsync(new byte[10]);
        ReadResult read = await pipe.Reader.ReadAsync();
        pipe.Reader.AdvanceTo(read.Buffer.GetPosition(9));
        flush.IsCompleted.ShouldBeFalse();
        read = await pipe.Reader.ReadAsync();
        pipe.Reader.AdvanceTo(read.Buffer.End);
        await flush.AsTask().WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("https", "Http1")]
    [InlineData("https", "Http2")]
    [InlineData("http", "Http2")]
    public async Task Nothing_is_sent_past_TLS_or_HTTP_2(string scheme, string protocol)
    {
        using TemporaryFolder folder = new();
        string? own;
        string certificate = Path.Combine(folder.Path, "server.pfx");
        using (RSA key = RSA.Create(2048))
        {
            using X509Certificate2 made = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
            own = made.GetCertHashString();
            await File.WriteAllBytesAsync(certificate, made.Export(X509ContentType.Pfx));
        }
        await using Lane lane = await Lane.StartAsync(
            Way.Fast,
            3_000_000,
            ("Kestrel:Endpoints:A:Url", $"{scheme}://127.0.0.1:0"),
            ("Kestrel:Endpoints:A:Protocols", protocol),
            (scheme is "https" ? "Kestrel:Endpoints:A:Certificate:Path" : "Unused", certificate));
        using SocketsHttpHandler handler = new();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == own;
        using HttpClient client = new(handler)
        {
            BaseAddress = lane.Host.Url,
            DefaultRequestVersion = protocol is "Http2" ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        for (int i = 0; i < 2; i++)
        {
            (await client.GetByteArrayAsync(lane.Path)).AsSpan().SequenceEqual(lane.Archive).ShouldBeTrue();
        }
        (lane.Fast, lane.Sent).ShouldBe((0, 0));
    }
}
