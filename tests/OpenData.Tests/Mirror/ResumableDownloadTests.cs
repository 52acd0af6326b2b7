using System.Security.Cryptography;
using OpenData.Format;
using OpenData.Mirror.Downloads;
using OpenData.Mirror.Progress;
using OpenData.Mirror.Remote;
using OpenData.Tests.Support;

namespace OpenData.Tests.Mirror;

/// <summary>What a command line has no option for.</summary>
public sealed class ResumableDownloadTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private WilfulServer _server = null!;

    public async Task InitializeAsync() => _server = await WilfulServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Halves_of_two_files_are_never_put_together()
    {
        byte[] content = RandomNumberGenerator.GetBytes(65_536);
        byte[] other = [.. content.Select(b => (byte)~b)];
        _server.Files["/a.zip"] = content;
        int asked = 0;
        _server.Mischief = answer =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                (answer.Content, answer.BreakAfter) = (other, 32_768);
            }
            return Task.CompletedTask;
        };

        // A mixture would be found by its digest, but here a single wrong piece is one too many.
        await DownloadAsync("/a.zip", content, new DownloadOptions { PieceTries = 1 });

        (await File.ReadAllBytesAsync(_folder["a.zip"])).ShouldBe(content);
        asked.ShouldBe(3);
    }

    [Fact]
    public async Task A_connection_that_falls_silent_is_left_for_another()
    {
        byte[] content = RandomNumberGenerator.GetBytes(65_536);
        _server.Files["/a.zip"] = content;
        int asked = 0;
        TaskCompletionSource never = new();
        _server.Mischief = answer =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                int chunks = 0;
                answer.BeforeChunk = () => ++chunks > 2 ? never.Task.WaitAsync(answer.Context.RequestAborted) : Task.CompletedTask;
            }
            return Task.CompletedTask;
        };

        await DownloadAsync("/a.zip", content, new DownloadOptions { Stall = TimeSpan.FromSeconds(3) });

        (await File.ReadAllBytesAsync(_folder["a.zip"])).ShouldBe(content);
        _server.Asked.Last().Range.ShouldBe("bytes=32768-65535");
    }

    private async Task DownloadAsync(string path, byte[] content, DownloadOptions options)
    {
        Patience patience = new(options.GiveUpAfter, TimeProvider.System, _ => { });
        using OpenData.Mirror.Remote.Server server = new(ServerAddress.Parse(_server.Url), null, patience, options.Connections, options.Stall, TimeProvider.System);
        using DownloadPool pool = new(server, options, new TransferBoard(), TimeProvider.System);
        RemoteFile file = new RemoteFile(path, _folder[path.TrimStart('/')], path, null, Sha256Digest.Of(content), 0, []).InOnePiece(content.Length);
        await pool.DownloadAsync(file, CancellationToken.None);
    }
}
