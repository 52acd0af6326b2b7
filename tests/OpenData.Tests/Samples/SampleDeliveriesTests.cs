using System.Globalization;
using System.Security.Cryptography;
using OpenData.Server.Catalog;
using OpenData.Server.Samples;
using OpenData.Server.Samples.Documents;
using OpenData.Tests.Support;

namespace OpenData.Tests.Samples;

public sealed class SampleDeliveriesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_same_seed_gives_the_same_bytes_whatever_the_order_and_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("ar-SA");
            await SampleDeliveries.WriteAsync(_folder["one"], SampleCatalog.Whole.Datasets.Values, SampleCatalog.Small());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
        await SampleDeliveries.WriteAsync(_folder["two"], SampleCatalog.Whole.Datasets.Values.OrderByDescending(d => d.Code, StringComparer.Ordinal), SampleCatalog.Small());

        Digests("one").Except(Digests("two")).ShouldBeEmpty();
        Digests("two").Count.ShouldBe(Digests("one").Count);
    }

    [Fact]
    public async Task Another_seed_gives_other_bytes()
    {
        await SampleDeliveries.WriteAsync(_folder["one"], [SampleCatalog.Of("CN-PA-TXTS-10-A")], SampleCatalog.Small(seed: 1));
        await SampleDeliveries.WriteAsync(_folder["two"], [SampleCatalog.Of("CN-PA-TXTS-10-A")], SampleCatalog.Small(seed: 2));

        Digests("one").Values.Intersect(Digests("two").Values).Count().ShouldBeLessThanOrEqualTo(1, "only the marker is the same");
    }

    /// <summary>A change of these bytes is a change of everybody's samples: do it on purpose.</summary>
    [Fact]
    public async Task The_bytes_are_those_of_every_other_machine()
    {
        await SampleDeliveries.WriteAsync(_folder["all"], SampleCatalog.Whole.Datasets.Values, SampleCatalog.Small());

        string all = string.Join('\n', Digests("all").Select(file => $"{file.Key} {file.Value}"));
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(all)))[..16].ShouldBe("3df4152cf1e7b450");
    }

    [Fact]
    public async Task Editions_are_named_after_publication_days_and_a_later_start_adds_only_the_new_ones()
    {
        Dataset dataset = SampleCatalog.Of("CN-PA-TXTS-10-A");
        await SampleDeliveries.WriteAsync(_folder.Path, [dataset], SampleCatalog.Small(editions: 2));
        IReadOnlyDictionary<string, string> before = Digests("");
        Recorded progress = new();

        await SampleDeliveries.WriteAsync(_folder.Path, [dataset], SampleCatalog.Small(seed: 9, editions: 2) with { Today = SampleCatalog.Today.AddDays(1) }, progress);

        Directory.EnumerateDirectories(_folder["CN/CN-PA-TXTS-10-A"]).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["20260109", "20260113", "20260116"]);
        before.ShouldBeSubsetOf(Digests(""));
        progress.Last.Reused.ShouldBe(1);
        progress.Last.EditionsDone.ShouldBe(2);
    }

    [Fact]
    public async Task An_interrupted_edition_is_not_visible_and_the_next_start_makes_it_whole()
    {
        Dataset dataset = SampleCatalog.Of("US-PA-TXTO-10-B");
        using CancellationTokenSource stop = new();
        Recorded progress = new(afterDocuments: 3, stop.Cancel);

        await Should.ThrowAsync<OperationCanceledException>(SampleDeliveries.WriteAsync(_folder["cut"], [dataset], SampleCatalog.Small(size: 400_000), progress, stop.Token));

        SampleCatalog.Names(_folder["cut"]).ShouldNotBeEmpty("it was interrupted in the middle");
        Directory.Exists(_folder["cut/US"]).ShouldBeFalse();
        await SampleDeliveries.WriteAsync(_folder["cut"], [dataset], SampleCatalog.Small(size: 400_000));
        await SampleDeliveries.WriteAsync(_folder["whole"], [dataset], SampleCatalog.Small(size: 400_000));
        Digests("cut").ShouldBe(Digests("whole"));
    }

    [Fact]
    public async Task The_marker_is_the_last_file_that_is_written()
    {
        Dataset dataset = SampleCatalog.Of("EP-PA-TXTO-10-AB");
        await SampleDeliveries.WriteAsync(_folder.Path, [dataset], SampleCatalog.Small());

        string marker = Directory.EnumerateFiles(_folder.Path, dataset.Source.Ready, SearchOption.AllDirectories).ShouldHaveSingleItem();
        DateTime newest = Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Where(file => file != marker).Max(File.GetLastWriteTimeUtc);
        File.GetLastWriteTimeUtc(marker).ShouldBeGreaterThanOrEqualTo(newest);
    }

    [Fact]
    public async Task A_delivery_on_its_way_is_not_touched()
    {
        Dataset dataset = SampleCatalog.Of("CN-IC-REVO");
        string edition = EditionDates.Before(SampleCatalog.Today, dataset, 1)[0].ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        Directory.CreateDirectory(_folder[$"CN/CN-IC-REVO/{edition}"]);
        await File.WriteAllTextAsync(_folder[$"CN/CN-IC-REVO/{edition}/somebody.else"], "half");

        (await Should.ThrowAsync<IOException>(SampleDeliveries.WriteAsync(_folder.Path, [dataset], SampleCatalog.Small()))).Message.ShouldContain(edition);

        SampleCatalog.Names(_folder.Path).ShouldBe([$"CN/CN-IC-REVO/{edition}/somebody.else"]);
    }

    [Fact]
    public async Task An_edition_is_about_as_large_as_it_was_asked_for()
    {
        foreach (string code in (string[])["CN-PA-TXTS-10-A", "CN-PA-IMGS-10-B", "US-PA-IMGO-10-A", "EP-PA-ABSO-10-AB"])
        {
            await SampleDeliveries.WriteAsync(_folder[code], [SampleCatalog.Of(code)], SampleCatalog.Small(size: 3_000_000));

            long bytes = Directory.EnumerateFiles(_folder[code], "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
            bytes.ShouldBeInRange(2_900_000, 4_000_000, code);
        }
    }

    [Fact]
    public void Every_dataset_of_the_catalog_has_samples()
    {
        foreach (Dataset dataset in SampleCatalog.Whole.Datasets.Values)
        {
            Should.NotThrow(() => SampleContent.For(dataset));
        }
    }

    private SortedDictionary<string, string> Digests(string below) => new(
        SampleCatalog.Names(_folder[below]).ToDictionary(name => name, name => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(_folder[below], name))))),
        StringComparer.Ordinal);

    private sealed class Recorded(int afterDocuments = int.MaxValue, Action? then = null) : IProgress<SampleProgress>
    {
        public SampleProgress Last { get; private set; }

        public void Report(SampleProgress value)
        {
            Last = value;
            if (value.Documents == afterDocuments)
            {
                then?.Invoke();
            }
        }
    }
}
