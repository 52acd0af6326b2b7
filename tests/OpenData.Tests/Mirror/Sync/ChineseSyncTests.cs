using System.Text.Json;
using OpenData.Format;
using OpenData.Mirror;
using OpenData.Tests.Gateway;
using OpenData.Tests.Support;

namespace OpenData.Tests.Mirror.Sync;

/// <summary>The client as a process, where the locale is Chinese, against the real gateway.</summary>
public sealed class ChineseSyncTests : IAsyncLifetime, IDisposable
{
    private const string Locale = "zh_CN.UTF-8";

    private readonly TemporaryFolder _folder = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Help_tables_refusals_a_sync_and_what_it_left_are_told_in_Chinese()
    {
        ReleaseId release = GatewayHost.Release();
        await _host.PublishRandomAsync(1000, release);
        string mirror = _folder["m"];

        Client.Ended help = await Run("sync", "--help");
        Client.Ended refused = await Run("sync", "--to", mirror, "--key", "odk_0000000000_wrong", "--server", _host.Url.ToString());
        Client.Ended synced = await Run("sync", "--to", mirror, "--server", _host.Url.ToString());
        Client.Ended table = await Run("list", release.Dataset, "--server", _host.Url.ToString());
        Client.Ended whole = await Run("verify", mirror);
        await File.WriteAllBytesAsync(Path.Combine(mirror, release.ToString(), release.ArchiveName(1)), new byte[10]);
        Client.Ended broken = await Run("verify", mirror);
        Client.Ended json = await Run("verify", mirror, "--json");

        help.Output.ShouldContain("用法：");
        refused.Code.ShouldBe(ExitCode.NotAuthorized, refused.Error);
        refused.Error.ShouldContain("服务器答复 401（需要有效的访问密钥）");
        synced.Code.ShouldBe(ExitCode.Done, synced.Error);
        synced.Output.ShouldContain($"已下载 {release}，");
        synced.Output.ShouldContain("已同步至序号 1");
        synced.Error.ShouldContain("下载 1 个版本，撤回 0 个，接收 ");
        table.Output.ShouldStartWith("期次");
        table.Output.ShouldContain("已发布");
        whole.Error.ShouldContain("0 个不符，0 个缺失，0 个多余");
        broken.Code.ShouldBe(ExitCode.Integrity, broken.Error);
        broken.Output.ShouldContain($"不符 {release}/{release.ArchiveName(1)}：大小为 10 字节，应为 ");
        broken.Error.ShouldContain("可修复一个版本");
        json.Output.ShouldContain("it has 10 bytes instead of");
        json.Error.ShouldContain("可修复一个版本");
    }

    [Fact]
    public async Task Programs_that_read_along_are_told_in_English()
    {
        await _host.PublishRandomAsync(1000, GatewayHost.Release(GatewayHost.Restricted));

        Client.Ended ended = await Client.RunAsync(new UserLanguage(IsChinese: true), 80, ["sync", "--to", _folder["m"], "--json", "--server", _host.Url.ToString()]);

        ended.Code.ShouldBe(ExitCode.NotAuthorized, ended.Error);
        string[] reasons = [.. ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ReasonOf).OfType<string>()];
        reasons.ShouldNotBeEmpty(ended.Output);
        reasons.ShouldAllBe(reason => reason.Contains("the server answered", StringComparison.Ordinal));
        ended.Error.ShouldContain("opendata: ");
        ended.Error.ShouldContain("服务器");
    }

    [RootFact]
    public async Task A_full_and_a_read_only_disk_are_told_in_Chinese()
    {
        await _host.PublishRandomAsync(6_000_000, GatewayHost.Release());
        await using Mount small = await Mount.TmpfsAsync(_folder["small"], "2m");
        await using Mount still = await Mount.TmpfsAsync(_folder["still"], "2m", readOnly: true);

        Client.Ended full = await Run("sync", "--to", small.Folder, "--server", _host.Url.ToString());
        Client.Ended unwritable = await Run("sync", "--to", still.Folder, "--server", _host.Url.ToString());

        full.Code.ShouldBe(ExitCode.Failed, full.Error);
        full.Error.ShouldContain("磁盘已满。请腾出空间，再次执行同一命令即可从此处继续。");
        unwritable.Code.ShouldBe(ExitCode.Failed, unwritable.Error);
        unwritable.Error.ShouldContain("文件系统只读，无法写入。");
    }

    private static string? ReasonOf(string line)
    {
        using JsonDocument told = JsonDocument.Parse(line);
        return told.RootElement.TryGetProperty("reason", out JsonElement reason) ? reason.GetString() : null;
    }

    private static Task<Client.Ended> Run(params string[] arguments) => Client.RunInAsync(Locale, arguments);
}
