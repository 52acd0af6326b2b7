using System.Diagnostics;
using System.Globalization;

namespace OpenData.Benchmarks.Feeds;

/// <summary>How long pages of a feed of a million releases take: random pages, one after another over one connection, after 200 of the kind that are not counted, so that it is the page that is timed and not a queue or the compiler.</summary>
internal static class PageLatency
{
    private const int Warm = 200;
    private const int Measured = 600;
    private const int Datasets = 44;

    /// <param name="url">The server.</param>
    /// <param name="pid">The server's process; its processor time for a page is what other work on the machine does not change.</param>
    /// <param name="releases">How many releases it was given.</param>
    /// <param name="codes">The datasets, in the order in which <c>generated.sql</c> has them.</param>
    public static async Task RunAsync(string url, int pid, int releases, string[] codes)
    {
        Random random = new(1);
        string Code() => codes[random.Next(Datasets)];
        string Serial() => random.Next(releases).ToString(CultureInfo.InvariantCulture);
        string Place() => Cursor(random.Next(releases));
        string Stretch(int length) => (1 + random.Next(releases / length)).ToString(CultureInfo.InvariantCulture);
        (string Name, Func<string> Path)[] pages =
        [
            ("changes, 100", () => $"/api/v1/changes?after={Serial()}"),
            ("changes, 1,000", () => $"/api/v1/changes?after={Serial()}&limit=1000"),
            ("signed head", () => "/api/v1/changes/head"),
            ("releases, 100", () => $"/api/v1/datasets/{Code()}/releases?after={Place()}"),
            ("releases, 1,000", () => $"/api/v1/datasets/{Code()}/releases?limit=1000&after={Place()}"),
            ("Atom, all", () => $"/feeds/all.atom?before={Serial()}1"),
            ("Atom, a dataset", () => $"/feeds/{Code()}.atom?before={Serial()}1"),
            ("ResourceSync, index of resources", () => "/resourcesync/resourcelist.xml"),
            ("ResourceSync, resources", () => $"/resourcesync/resourcelist-{Stretch(40)}.xml"),
            ("ResourceSync, index of changes", () => "/resourcesync/changelist.xml"),
            ("ResourceSync, changes", () => $"/resourcesync/changelist-{Stretch(40)}.xml"),
            ("sitemap, index", () => "/sitemap.xml"),
            ("sitemap, releases", () => $"/sitemaps/releases-{Stretch(500)}.xml"),
            ("DCAT, catalog", () => "/catalog.jsonld"),
            ("DCAT, a series", () => $"/catalog/{Code()}.jsonld?after={Place()}"),
        ];
        using HttpClient client = new() { BaseAddress = new Uri(url) };
        foreach ((string name, Func<string> path) in pages)
        {
            double[] times = new double[Measured];
            long bytes = 0;
            double before = 0;
            for (int i = -Warm; i < Measured; i++)
            {
                before = i == 0 ? ProcessorTime(pid) : before;
                long began = Stopwatch.GetTimestamp();
                byte[] body = await client.GetByteArrayAsync(path());
                if (i >= 0)
                {
                    times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                    bytes += body.Length;
                }
            }
            double processor = (ProcessorTime(pid) - before) / Measured;
            Array.Sort(times);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name} | {bytes / Measured / 1000.0:0.0} | {times[Measured / 2]:0.0} | {times[Measured * 99 / 100]:0.0} | {times[^1]:0.0} | {processor:0.00}"));
        }
    }

    /// <summary>What a process has used of processors, in ms.</summary>
    private static double ProcessorTime(int pid)
    {
        string[] numbers = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ');
        return 10.0 * (long.Parse(numbers[11], CultureInfo.InvariantCulture) + long.Parse(numbers[12], CultureInfo.InvariantCulture));
    }

    /// <summary>The place of the release of this number in its dataset's list, as <c>generated.sql</c> numbers them.</summary>
    private static string Cursor(int number)
    {
        int edition = number / Datasets;
        return string.Create(CultureInfo.InvariantCulture, $"{1950 + (edition / 336)}-{1 + (edition % 336 / 28):00}-{1 + (edition % 28):00}/E{edition:0000000}/r1");
    }
}
