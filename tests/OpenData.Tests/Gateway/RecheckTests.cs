using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OpenData.Server.Gateway;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.Http;
using OpenData.Tests.Gateway.FastLane;
using OpenData.Tests.Support;

namespace OpenData.Tests.Gateway;

/// <summary>Blocks are compared with their checksums when a process first sends them, and again after the interval; not on each pass.</summary>
public sealed class RecheckTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromDays(30);
    private readonly LeapingTime _time = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Damage_that_comes_after_the_first_check_is_found_after_the_interval_and_not_sent(bool fast)
    {
        await using Lane lane = await StartAsync(fast);
        string stored = lane.Host.StoredAt(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1));
        (await lane.Host.Client.GetByteArrayAsync(lane.Path)).ShouldBe(lane.Archive);
        Flip(stored, 2_500_000);

        _time.Leap(s_interval - TimeSpan.FromMinutes(1));
        byte[] trusted = await lane.Host.Client.GetByteArrayAsync(lane.Path);
        trusted.AsSpan(0, 2_500_000).SequenceEqual(lane.Archive.AsSpan(0, 2_500_000)).ShouldBeTrue();
        trusted[2_500_000].ShouldNotBe(lane.Archive[2_500_000], "a block counts as good until its time has come");

        _time.Leap(TimeSpan.FromMinutes(2));
        byte[] answer = await lane.SendAsync("GET PATH HTTP/1.1\r\nHost: a\r\n\r\n");
        int body = answer.Length - answer.AsSpan().IndexOf("\r\n\r\n"u8) - 4;
        body.ShouldBeLessThanOrEqualTo(2 << 20, "no byte of the damaged block leaves");
        Encoding.Latin1.GetString(await lane.SendAsync("GET PATH HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).ShouldStartWith("HTTP/1.1 503");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_is_checked_as_a_whole_is_checked_again_too(bool fast)
    {
        await using Lane lane = await StartAsync(fast);
        string path = GatewayHost.PathOf(GatewayHost.Release(), "release.json");
        await lane.Host.Client.GetByteArrayAsync(path);
        Flip(lane.Host.StoredAt(GatewayHost.Release(), "release.json"), 10);
        (await lane.Host.SendAsync(path)).EnsureSuccessStatusCode();
        _time.Leap(s_interval);
        Encoding.Latin1.GetString(await lane.SendAsync($"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).ShouldStartWith("HTTP/1.1 503");
    }

    [Fact]
    public async Task A_range_that_began_before_the_interval_ended_is_not_taken_for_damaged()
    {
        await using Lane lane = await StartAsync(fast: false);
        FoundFile found = (await lane.Host.Of<FileFinder>().FindAsync(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1), CancellationToken.None)).Found!;
        using OpenContents.Lease lease = (await lane.Host.Of<OpenContents>().OpenAsync(found.Stored, CancellationToken.None))!;
        await (await lease.Content.StreamAsync(new ByteRange(0, lane.Archive.Length), CancellationToken.None)).CopyToAsync(Stream.Null);

        await using Stream part = await lease.Content.StreamAsync(new ByteRange(500_000, 2_000_000), CancellationToken.None);
        byte[] read = new byte[2_000_000];
        await part.ReadExactlyAsync(read.AsMemory(0, 100_000));
        _time.Leap(s_interval);
        await part.ReadExactlyAsync(read.AsMemory(100_000));
        read.AsSpan().SequenceEqual(lane.Archive.AsSpan(500_000, 2_000_000)).ShouldBeTrue();
    }

    private static void Flip(string file, long at)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = at;
        int was = stream.ReadByte();
        stream.Position = at;
        stream.WriteByte((byte)(was ^ 1));
    }

    private Task<Lane> StartAsync(bool fast) => Lane.StartAsync(
        fast, 3_500_000, services => services.AddSingleton<TimeProvider>(_time), ("OpenData:Gateway:RecheckInterval", s_interval.ToString()));
}
