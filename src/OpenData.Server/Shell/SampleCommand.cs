using System.CommandLine;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Samples;

namespace OpenData.Server.Shell;

/// <summary><c>sample DIR</c>: deliveries made by code, to try the server on.</summary>
internal static class SampleCommand
{
    public static Command Create(Func<ParseResult, DatasetCatalog> catalog, TimeProvider time)
    {
        Argument<string> folder = new("DIR") { Description = "The root of the deliveries: each dataset has its folder below it." };
        Option<string[]> codes = new("--dataset") { Description = "Only this dataset; may be given several times. Default: all.", HelpName = "CODE" };
        Option<int> editions = new("--editions") { Description = "Editions of each dataset, the newest ones.", HelpName = "N", DefaultValueFactory = _ => 2 };
        Option<string?> size = new("--size") { Description = "About how large an edition is: 160MB, 1 GiB … Default: what suits the content, at most 2 MB.", HelpName = "BYTES" };
        Option<long> seed = new("--seed") { Description = "The same seed gives the same bytes.", HelpName = "N", DefaultValueFactory = _ => 1 };
        editions.Validators.Add(result =>
        {
            if (result.GetValue(editions) is < 1 or > 1000)
            {
                result.AddError("--editions is 1 to 1000.");
            }
        });
        size.Validators.Add(result =>
        {
            if (result.GetValue(size) is { } text && (!ByteCount.TryParse(text, out long bytes) || bytes < 1))
            {
                result.AddError($"--size '{text}' is not a number of bytes such as 160MB or 1GiB.");
            }
        });
        Command command = new("sample", "Writes sample deliveries: documents, drawings, authority file, ready marker. What is there already is left alone. "
            + "Example: opendata-server sample ./deliveries --dataset CN-PA-TXTS-10-A --editions 3 --size 20MB")
        {
            folder, codes, editions, size, seed,
        };
        command.SetAction((arguments, stop) =>
        {
            DateOnly today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
            long? bytes = ByteCount.TryParse(arguments.GetValue(size), out long parsed) ? parsed : null;
            SampleOptions options = new(today, arguments.GetValue(editions), bytes, arguments.GetValue(seed));
            InvocationConfiguration console = arguments.InvocationConfiguration;
            return RunAsync(catalog(arguments), arguments.GetRequiredValue(folder), arguments.GetValue(codes) ?? [], options, console.Output, console.Error, time, stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        DatasetCatalog catalog, string root, string[] codes, SampleOptions options, TextWriter output, TextWriter error, TimeProvider time, CancellationToken stop)
    {
        if (codes.FirstOrDefault(code => !catalog.Datasets.ContainsKey(code)) is { } unknown)
        {
            await error.WriteLineAsync($"There is no dataset '{unknown}' in the catalog.");
            return 2;
        }
        IEnumerable<Dataset> datasets = catalog.Datasets.Values.Where(dataset => codes.Length == 0 || codes.Contains(dataset.Code)).OrderBy(dataset => dataset.Code, StringComparer.Ordinal);
        SampleDisplay display = new(output, live: !Console.IsOutputRedirected && ReferenceEquals(output, Console.Out), time);
        try
        {
            await SampleDeliveries.WriteAsync(root, datasets, options, display, stop);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(refusal.Message);
            return 1;
        }
        display.Finish(root);
        return 0;
    }
}
