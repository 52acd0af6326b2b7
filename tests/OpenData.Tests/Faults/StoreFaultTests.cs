using System.Globalization;
using OpenData.Server.S3;
using OpenData.Tests.Storage;
using OpenData.Tests.Support;
using Xunit.Abstractions;

namespace OpenData.Tests.Faults;

/// <summary>
/// Ceph behind a network that fails, once at each kind of request that packaging and publishing make of each kind of file: an error, no answer
/// although the request was carried out, an entity tag of something else, a body that breaks off or goes silent. Nothing is tried again by the
/// store itself, so that every fault reaches the pipeline.
/// </summary>
public sealed class StoreFaultTests(CephServer ceph, ITestOutputHelper output) : IClassFixture<CephServer>
{
    private static readonly Fault[] OfHead = [new(Status: 500), new(ETag: "0123456789abcdef0123456789abcdef"), new(LoseAnswer: true)];
    private static readonly Fault[] OfPut = [new(LoseAnswer: true), new(Status: 500), new(Status: 503)];
    private static readonly Fault[] OfGet = [new(BreakAfter: 20), new(StallAfter: 20), new(Status: 500), new(ETag: "0123456789abcdef0123456789abcdef")];

    [CephFact]
    public async Task Whatever_a_request_meets_nothing_is_half_visible_and_the_next_run_publishes_the_same_bytes()
    {
        await using FaultyProxy proxy = new(ceph.Options.ServiceUrl!);
        S3Options options = ceph.Options with { ServiceUrl = proxy.Url, Retries = 0, ReadIdleTimeout = TimeSpan.FromSeconds(5) };
        await using FaultHouse house = await FaultHouse.CreateAsync(DatabaseKind.Sqlite, _ => S3BlobStoreTests.StoreWith(options));
        string reference = await RunAsync(house, "E0000");
        string[] kinds = [.. proxy.Requests.Select(Kind).OfType<string>().Distinct(StringComparer.Ordinal)];
        kinds.Length.ShouldBe(3 * 6, "PUT, HEAD and GET of an archive, its index, the findings, the manifest, the checksums and their signature");

        Dictionary<string, int> turns = [];
        int failed = 0;
        for (int i = 0; i < kinds.Length; i++)
        {
            string kind = kinds[i];
            string method = kind.Split(' ')[0];
            Fault[] faults = method switch { "GET" => OfGet, "PUT" => OfPut, _ => OfHead };
            Fault fault = faults[turns[method] = (turns.GetValueOrDefault(method, -1) + 1) % faults.Length];
            string edition = string.Create(CultureInfo.InvariantCulture, $"E{i + 1:0000}");
            house.Deliver(edition, volumes: 1);
            proxy.Rule = FaultyProxy.Times(1, request => Kind(request) == kind, fault);
            bool thrown = false;
            try
            {
                await using FaultProcess process = house.Start();
                await process.PackageAsync(edition);
            }
            catch (IOException)
            {
                thrown = true;
                failed++;
            }
            proxy.Rule = _ => null;
            output.WriteLine($"{kind}: {fault}: {(thrown ? "failed" : "went on")}");
            (await house.CheckAsync(edition)).Values.ShouldAllBe(archives => archives == reference);
            (await RunAsync(house, edition)).ShouldBe(reference);
        }
        failed.ShouldBeGreaterThanOrEqualTo(15, "the faults must have been felt, or nothing was tried");
    }

    private static async Task<string> RunAsync(FaultHouse house, string edition)
    {
        house.Deliver(edition, volumes: 1);
        await house.LeasesRunOutAsync();
        await using FaultProcess process = house.Start();
        await process.PackageAsync(edition);
        return (await house.CheckAsync(edition)).Values.ShouldHaveSingleItem();
    }

    /// <summary>The method and the kind of file, such as <c>PUT .zip</c>; null for what is about no file.</summary>
    private static string? Kind(ProxiedRequest request)
    {
        string path = request.Target.Split('?')[0];
        if (!path.Contains(FaultHouse.Code, StringComparison.Ordinal))
        {
            return null;
        }
        string name = path[(path.LastIndexOf('/') + 1)..];
        return $"{request.Method} {(name.Contains('_') ? name[name.IndexOf('.')..] : name)}";
    }
}
