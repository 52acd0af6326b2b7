using BenchmarkDotNet.Running;
using OpenData.Benchmarks.Bandwidth;
using OpenData.Benchmarks.Cluster;
using OpenData.Benchmarks.Feeds;
using OpenData.Benchmarks.Packaging;

namespace OpenData.Benchmarks;

/// <summary>Micro-benchmarks by BenchmarkDotNet's own switches; whole-process measurements, called from the shell scripts beside, by verbs.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["corpus", var kind, var folder, var count]:
                Corpus.Write(kind, folder, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));
                return 0;
            case ["package", var folder, var output, .. var settings]:
                return await PackageFolder.RunAsync(FolderDelivery.Open(folder), output, settings);
            case ["package-generated", var files, var bytes, var output, .. var settings]:
                return await PackageFolder.RunAsync(GeneratedDelivery.Parse(files, bytes), output, settings);
            case ["zip-archive", var folder, var output]:
                return ZipArchiveFolder.Run(folder, output);
            case ["paced-server", .. var settings]:
                await PacedServer.RunAsync(settings);
                return 0;
            case ["accounts", var data, var catalog, var count, var keys, .. var tiers]:
                return await BenchmarkAccounts.MakeAsync(
                    data, catalog, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture), int.Parse(keys, System.Globalization.CultureInfo.InvariantCulture), tiers);
            case ["bandwidth-report", var file, var order]:
                BandwidthReport.Write(file, order.Split(' ', StringSplitOptions.RemoveEmptyEntries));
                return 0;
            case ["share-simulation", var nodes, var accounts, var spread, var megabits, var csv]:
                ShareSimulation.Run(Number(nodes), Number(accounts), Number(spread), double.Parse(megabits, System.Globalization.CultureInfo.InvariantCulture), csv);
                return 0;
            case ["share-plot", var svg, .. var panels]:
                SharePlot.Write(svg, panels);
                return 0;
            case ["share-exchange", var connection, var postmaster, var nodes, var accounts, var spread, var seconds]:
                await ShareExchangeCost.RunAsync(connection, Number(postmaster), Number(nodes), Number(accounts), Number(spread), Number(seconds));
                return 0;
            case ["cluster-load", var servers, var keyFile, var path, var streams, var rate, var warm, var seconds, var csv]:
                await ClusterLoad.MeasureAsync(servers, keyFile, path, Number(streams), Number(rate), Number(warm), Number(seconds), csv);
                return 0;
            case ["cluster-strict", var servers, var keyFile, var path, var streams, var sha256]:
                return await ClusterLoad.StrictAsync(servers, keyFile, path, Number(streams), sha256);
            case ["feed-pages", var url, var pid, var releases, .. var codes]:
                await PageLatency.RunAsync(url, Number(pid), Number(releases), codes);
                return 0;
            case ["waiting-mirrors", var url, var mirrors, var head, var pid]:
                await WaitingMirrors.RunAsync(
                    url,
                    int.Parse(mirrors, System.Globalization.CultureInfo.InvariantCulture),
                    long.Parse(head, System.Globalization.CultureInfo.InvariantCulture),
                    int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture));
                return 0;
            default:
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
                return 0;
        }
    }

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
