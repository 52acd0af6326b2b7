using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd;

/// <summary>
/// The real program on PostgreSQL and Ceph is killed with signal 9 at each of the uploads that make a release, one after the other: the proxy
/// between them sees the request, kills, and lets it through no more.
/// </summary>
public sealed class CephKillTests(CephServer ceph) : IClassFixture<CephServer>, IAsyncLifetime
{
    private const string Dataset = "CN-IC-REGS";
    private static readonly ReleaseId Release = new(Dataset, "20240102", 1);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => ceph.ClearAsync();

    [CephFact]
    public async Task A_program_that_is_killed_at_any_upload_shows_nothing_and_the_next_one_publishes_the_same_bytes()
    {
        using TemporaryFolder folder = new();
        await using FaultyProxy proxy = new(ceph.Options.ServiceUrl!);
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Postgresql);
        Dictionary<string, string> settings = new(database.Settings)
        {
            ["OpenData__DataFolder"] = folder["data"],
            ["OpenData__Scheduling__LeaseSeconds"] = "1",
            ["OpenData__Storage__Kind"] = "s3",
            ["OpenData__Storage__S3__ServiceUrl"] = proxy.Url.AbsoluteUri,
            ["OpenData__Storage__S3__Bucket"] = ceph.Options.Bucket,
            ["OpenData__Storage__S3__AccessKey"] = ceph.Options.AccessKey,
            ["OpenData__Storage__S3__SecretKey"] = ceph.Options.SecretKey,
        };
        string delivery = folder[$"data/deliveries/CN/{Dataset}/20240102"];
        Directory.CreateDirectory(delivery);
        File.WriteAllText(Path.Combine(delivery, "BS.1.xml"), "<a/>");
        File.WriteAllText(Path.Combine(delivery, "READY"), "");
        ReleaseQueries queries = new(database.Sql);

        foreach (string upload in (string[])["_001.zip", "_001.entries.jsonl.gz", ".findings.jsonl.gz", "/release.json", "/SHA256SUMS", "/SHA256SUMS.sig"])
        {
            ServerProcess? program = null;
            bool killed = false;
            proxy.Rule = request =>
            {
                if (request.Method != "PUT" || !request.Target.Split('?')[0].EndsWith(upload, StringComparison.Ordinal))
                {
                    return null;
                }
                killed = true;
                program!.KillAsync().GetAwaiter().GetResult();
                return new Fault(Status: 500);
            };
            await using (program = ServerProcess.Start(settings, "package", Dataset))
            {
                await program.EndedAsync();
            }
            killed.ShouldBeTrue($"{upload}: {program.Output}");
            (await queries.RevisionsAsync(Dataset, Release.Edition, default)).ShouldBeEmpty(upload);
        }

        proxy.Rule = _ => null;
        (int code, string text) = await ServerProcess.RunAsync(settings, "package", Dataset);
        code.ShouldBe(0, text);
        text.ShouldContain($"{Release} is published");
        (code, text) = await ServerProcess.RunAsync(settings, "package", Dataset, Release.Edition, "--again");
        code.ShouldBe(0, text);
        text.ShouldContain("identical");
        (code, text) = await ServerProcess.RunAsync(settings, "scrub", "--all");
        code.ShouldBe(0, text);
    }
}
