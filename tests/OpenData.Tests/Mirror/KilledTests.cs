using System.Diagnostics;
using System.Security.Cryptography;
using OpenData.Mirror;
using OpenData.Tests.Support;
using Xunit.Abstractions;

namespace OpenData.Tests.Mirror;

/// <summary>kill -9 at any byte, again and again: the bytes come out right and hardly any is fetched twice.</summary>
public sealed class KilledTests(ITestOutputHelper output)
{
    private const int Kills = 20;
    private const int Connections = 3;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_killed_again_and_again_goes_on_where_it_was(bool whenAllIsRead)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using TemporaryFolder folder = new();
        await using WilfulServer server = await WilfulServer.StartAsync();
        SampleRelease release = SampleRelease.Make(key, "20240102", 9_000_000, 4_000_000, 300_000);
        release.ServeOn(server, key);
        const long total = 13_300_000;
        string[] command = ["get", SampleRelease.Code, "--to", folder.Path, "--connections", "3", "--server", server.Url];
        Random random = new(7);

        for (int kill = 0; kill < Kills; kill++)
        {
            // The server holds its breath after so many bytes more; then the process dies, wherever it is.
            long until = server.ArchiveBytes + random.Next(600_000);
            TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            TaskCompletionSource dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
            server.Mischief = answer =>
            {
                answer.BeforeChunk = () =>
                {
                    if (server.ArchiveBytes < until)
                    {
                        return Task.CompletedTask;
                    }
                    reached.TrySetResult();
                    return dead.Task;
                };
                return Task.CompletedTask;
            };
            using Process process = Client.Start(command);
            Task first = await Task.WhenAny(reached.Task, process.WaitForExitAsync()).WaitAsync(TimeSpan.FromSeconds(60));
            first.ShouldBe(reached.Task, "the process ended by itself: " + (process.HasExited ? await process.StandardError.ReadToEndAsync() : ""));
            if (whenAllIsRead)
            {
                // Nothing is on its way any more: then a kill costs not a single byte.
                await Eventually.TrueAsync(() => Task.FromResult(Noted(folder.Path, release) == server.ArchiveBytes), "everything sent was written and noted");
            }
            process.Kill();
            await process.WaitForExitAsync();
            process.ExitCode.ShouldBe(137);
            Directory.GetFiles(Path.Combine(folder.Path, release.Id.ToString()), "release.json").ShouldBeEmpty();
            dead.SetCanceled(); // Answers to the dead process go no further.
        }
        server.Mischief = null;
        using Process last = Client.Start(command);
        string error = await last.StandardError.ReadToEndAsync();
        await last.WaitForExitAsync();

        last.ExitCode.ShouldBe(ExitCode.Done, error);
        foreach ((string name, byte[] content) in release.Files)
        {
            (await File.ReadAllBytesAsync(Path.Combine(folder.Path, release.Id.ToString(), name))).ShouldBe(content, name);
        }
        Directory.GetFiles(folder.Path, "*.part*", SearchOption.AllDirectories).ShouldBeEmpty();
        long again = server.ArchiveBytes - total;
        output.WriteLine($"{again} of {total} bytes were sent again over {Kills} kills");
        // What was sent and not yet read when the process died, lies in socket buffers.
        again.ShouldBeLessThanOrEqualTo(whenAllIsRead ? 0 : Kills * Connections * 8L * SampleRelease.PieceLength);
    }

    // What the state files and the finished archives say is there.
    private static long Noted(string folder, SampleRelease release)
    {
        long noted = 0;
        foreach (string name in release.Manifest.Archives.Select(a => a.Name))
        {
            string path = Path.Combine(folder, release.Id.ToString(), name);
            if (File.Exists(path))
            {
                noted += new FileInfo(path).Length;
            }
            else if (File.Exists(path + ".part.state"))
            {
                // The client has the file locked against other clients; a lock that .NET asks for would be refused.
                byte[] state = Tool.RunAsync(folder, "base64", "-w0", path + ".part.state").Result is (0, var text) ? Convert.FromBase64String(text) : [];
                for (int at = 56; at < state.Length; at += 8)
                {
                    noted += BitConverter.ToInt64(state, at);
                }
            }
        }
        return noted;
    }
}
