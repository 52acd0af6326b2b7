using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using OpenData.Server.Sources;
using OpenData.Server.Storage;

namespace OpenData.Benchmarks.Packaging;

/// <summary>
/// <c>package DIR OUT [engine=libdeflate] [level=4] [workers=2] [volume=BYTES] [inspect=true]</c>: packages into the folder OUT, or nowhere for <c>-</c>,
/// and says what came out.
/// </summary>
internal static class PackageFolder
{
    public static async Task<int> RunAsync(Delivery delivery, string output, string[] settings)
    {
        Dictionary<string, string> chosen = settings.Select(setting => setting.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        PackagingOptions options = new()
        {
            Engine = Enum.Parse<DeflateEngineKind>(chosen.GetValueOrDefault("engine", "auto"), ignoreCase: true),
            Level = Number("level"),
            Workers = Number("workers"),
            Inspect = chosen.GetValueOrDefault("inspect", "true") == "true",
        };
        PackageRules rules = new(
            long.Parse(chosen.GetValueOrDefault("volume", "1000000000000"), CultureInfo.InvariantCulture),
            new Regex(@"(?:^|/)(?:CN\d+(?=CN\d))?(?<number>CN\d+[A-Z]\d?)", RegexOptions.None, TimeSpan.FromSeconds(1)));
        BlobStore store = output == "-" ? new DiscardingBlobStore(TimeProvider.System) : FileBlobStore.Open(output);

        long start = Stopwatch.GetTimestamp();
        PackagePlan plan = await PackagePlan.ForAsync(delivery, rules, CancellationToken.None);
        TimeSpan planned = Stopwatch.GetElapsedTime(start);
        if (plan.IsHeld)
        {
            foreach (Finding finding in plan.Findings.Where(finding => finding.Holds))
            {
                Console.WriteLine($"held: {finding.Code}: {finding.Message}");
            }
            return 1;
        }
        Dataset dataset = DatasetWith(rules);
        Package package = await new PackageWriter(Options.Create(options))
            .WriteAsync(new ReleaseId(dataset.Code, "20240102", 1), dataset, delivery, plan, store, new PackagingProgress(), CancellationToken.None);
        using Process self = Process.GetCurrentProcess();
        TimeSpan wall = Stopwatch.GetElapsedTime(start);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{package.Packager.Engine} level {package.Packager.Level}: {plan.Entries} entries, {plan.Bytes} bytes → {package.Archives.Sum(archive => archive.Manifest.Bytes)} bytes in {package.Archives.Count} volumes, plan {planned.TotalSeconds:0.00} s, all {wall.TotalSeconds:0.00} s, cores in use {self.TotalProcessorTime / wall:0.00}, peak {self.PeakWorkingSet64 / 1e6:0} MB, delivery {package.DeliveryDigest}"));
        foreach (PackagedArchive archive in package.Archives)
        {
            Console.WriteLine($"{archive.Manifest.Sha256}  {archive.Manifest.Name}");
        }
        return 0;

        int? Number(string setting) => chosen.TryGetValue(setting, out string? value) ? int.Parse(value, CultureInfo.InvariantCulture) : null;
    }

    private static Dataset DatasetWith(PackageRules rules) => new()
    {
        Code = "CN-PA-TXTS-10-A",
        Name = new LocalizedText("测量", "Benchmark"),
        Description = new LocalizedText("测量", "Benchmark"),
        Jurisdiction = "CN",
        Category = "patent",
        Content = "full-text",
        Provenance = "own-proposal",
        Access = AccessLevel.Open,
        Schedule = new DatasetSchedule("0 0 6 * * ?", TimeZoneInfo.Utc, TimeSpan.FromDays(1)),
        Source = new DatasetSource(SourceKind.Directory, "CN", "READY"),
        Package = rules,
    };
}
