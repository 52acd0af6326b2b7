using System.Text.Json;
using OpenData.Format;
using OpenData.Mirror;
using OpenData.Server.Releases;
using OpenData.Tests.Gateway;
using OpenData.Tests.Packaging;
using OpenData.Tests.Support;

namespace OpenData.Tests.Mirror;

/// <summary>The client against the server as it is, not as <see cref="WilfulServer"/> takes it to be.</summary>
public sealed class RealGatewayTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Datasets_and_releases_are_listed()
    {
        await _host.PublishRandomAsync(1000);

        Client.Ended datasets = await Run("list");
        Client.Ended releases = await Run("list", GatewayHost.Open);
        Client.Ended json = await Run("list", "--json");
        Client.Ended unknown = await Run("list", "CN-PA-NONE");

        datasets.Code.ShouldBe(ExitCode.Done, datasets.Error);
        datasets.Output.ShouldContain(GatewayHost.Edition);
        releases.Code.ShouldBe(ExitCode.Done, releases.Error);
        releases.Output.ShouldContain("published");
        JsonSerializer.Deserialize(json.Output, FormatJson.Default.PageDatasetSummary)!.Items.Count.ShouldBe(4);
        unknown.Code.ShouldBe(ExitCode.Failed);
        unknown.Error.ShouldContain("There is no dataset of this code");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("20240102")]
    [InlineData("20240102/r1")]
    public async Task An_edition_comes_as_it_is_stored_and_sha256sum_agrees(string? edition)
    {
        (_, byte[] archive) = await _host.PublishRandomAsync(13_000_000);

        Client.Ended ended = await Run(["get", GatewayHost.Open, .. edition is null ? Array.Empty<string>() : [edition], "--to", _folder.Path]);

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        string folder = _folder[GatewayHost.Release().ToString()];
        (await File.ReadAllBytesAsync(Path.Combine(folder, GatewayHost.Release().ArchiveName(1)))).ShouldBe(archive);
        await Tool.SucceedAsync(folder, "sha256sum", "--strict", "-c", "SHA256SUMS");
    }

    [Fact]
    public async Task Editions_of_some_days_come_and_a_file_by_its_digest()
    {
        foreach ((string edition, int seed) in new[] { ("20240102", 1), ("20240109", 2), ("20240116", 3) })
        {
            await _host.PublishRandomAsync(1000, GatewayHost.Release(edition: edition), seed);
        }
        ReleaseId last = GatewayHost.Release(edition: "20240116");
        byte[] archive = await File.ReadAllBytesAsync(_host.StoredAt(last, last.ArchiveName(1)));

        Client.Ended range = await Run("get", GatewayHost.Open, "--from", "2024-01-03", "--until", "2024-01-15", "--to", _folder["range"]);
        Client.Ended file = await Run("get", "--sha256", Sha256Digest.Of(archive).ToString(), "--to", _folder["file"]);
        Client.Ended unknown = await Run("get", "--sha256", Sha256Digest.Of([1]).ToString(), "--to", _folder["file"]);
        Client.Ended both = await Run("get", GatewayHost.Open, "20240102", "--from", "2024-01-03");
        Client.Ended neither = await Run("get");
        Client.Ended fresh = await Run("list", "--new-since", "2024-01-01");
        Client.Ended future = await Run("list", GatewayHost.Open, "--new-since", "2124-01-01");

        range.Code.ShouldBe(ExitCode.Done, range.Error);
        Directory.GetFiles(_folder["range"], "release.json", SearchOption.AllDirectories).ShouldHaveSingleItem().ShouldContain("20240109");
        file.Code.ShouldBe(ExitCode.Done, file.Error);
        file.Output.Trim().ShouldBe(Path.Combine(_folder["file"], last.ToString(), last.ArchiveName(1)));
        (await File.ReadAllBytesAsync(file.Output.Trim())).ShouldBe(archive);
        unknown.Code.ShouldBe(ExitCode.Failed);
        both.Code.ShouldBe(ExitCode.Usage);
        neither.Code.ShouldBe(ExitCode.Usage);
        fresh.Output.Split('\n').Count(l => l.Contains(GatewayHost.Open, StringComparison.Ordinal)).ShouldBe(3);
        future.Output.ShouldNotContain(GatewayHost.Open);
    }

    [Fact]
    public async Task Documents_with_odd_names_come_out_of_their_archive()
    {
        string text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"<p>{i}</p>\n")); // Is compressed: the server sends it without ranges.
        byte[] image = new byte[300_000];
        new Random(3).NextBytes(image); // Is stored.
        await _host.PublishAsync(new SampleDelivery().With("CN1A/CN1A.XML", text).With("CN1A/图 1、..jpg", image).With("CN1A/100%25#?.txt", "odd").With("CN1A/empty", "").With("CN2A/CN2A.XML", "x"));

        Client.Ended ended = await Run("get", GatewayHost.Open, "--to", _folder.Path, "--document", "CN1A");

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
        (await File.ReadAllTextAsync(_folder["CN1A/CN1A.XML"])).ShouldBe(text);
        (await File.ReadAllBytesAsync(_folder["CN1A/图 1、..jpg"])).ShouldBe(image);
        (await File.ReadAllTextAsync(_folder["CN1A/100%25#?.txt"])).ShouldBe("odd");
        new FileInfo(_folder["CN1A/empty"]).Length.ShouldBe(0);
        Directory.Exists(_folder["CN2A"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Without_a_key_it_is_not_authorized_and_with_one_it_is()
    {
        await _host.PublishRandomAsync(1000, GatewayHost.Release(GatewayHost.Registered));
        (_, string key) = await _host.AccountAsync("ada");

        Client.Ended without = await Run("get", GatewayHost.Registered, "--to", _folder.Path);
        Client.Ended wrong = await Run("get", GatewayHost.Registered, "--to", _folder.Path, "--key", key[..^1]);
        Client.Ended with = await Run("get", GatewayHost.Registered, "--to", _folder.Path, "--key", key);

        without.Code.ShouldBe(ExitCode.NotAuthorized, without.Error);
        wrong.Code.ShouldBe(ExitCode.NotAuthorized, wrong.Error);
        (wrong.Output + wrong.Error).ShouldNotContain(key[..^1]);
        with.Code.ShouldBe(ExitCode.Done, with.Error);
    }

    [Fact]
    public async Task More_connections_than_the_tier_has_streams_only_wait()
    {
        await _host.PublishRandomAsync(1_000_000, GatewayHost.Release(GatewayHost.Registered));
        (_, string key) = await _host.AccountAsync("slow", "slow"); // 4 Mb/s, two streams.

        Client.Ended ended = await Run("get", GatewayHost.Registered, "--to", _folder.Path, "--key", key, "--connections", "8");

        ended.Code.ShouldBe(ExitCode.Done, ended.Error);
    }

    [Fact]
    public async Task A_withdrawn_release_is_told_with_its_reason()
    {
        await _host.PublishRandomAsync(1000);
        await _host.Of<Withdrawals>().WithdrawAsync(GatewayHost.Release(), "drawings of another document", CancellationToken.None);

        Client.Ended ended = await Run("get", GatewayHost.Open, GatewayHost.Edition, "--to", _folder.Path);

        ended.Code.ShouldBe(ExitCode.Failed, ended.Error);
        ended.Error.ShouldContain("410");
        ended.Error.ShouldContain("drawings of another document");
    }

    private Task<Client.Ended> Run(params string[] arguments) => Client.RunAsync([.. arguments, "--server", _host.Url.ToString()]);
}
