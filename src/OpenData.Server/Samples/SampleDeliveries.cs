using System.Globalization;
using OpenData.Server.Catalog;
using OpenData.Server.Samples.Documents;
using OpenData.Server.Samples.Text;
using OpenData.Server.Sources;

namespace OpenData.Server.Samples;

/// <summary>
/// Writes deliveries made by code, for the demo and for trying out: <c>&lt;root&gt;/&lt;path of the dataset&gt;/&lt;yyyyMMdd&gt;/…</c> with
/// documents such as the dataset's content and media ask for, an authority file, and the ready marker.
/// </summary>
/// <remarks>
/// An edition is written aside (<see cref="Aside"/>), its marker last, and then moved into place: it appears whole or not at all, and what
/// a killed process left is cleared by the next. Files are not forced to the disk: after a power cut, delete the samples and make them again.
/// </remarks>
internal static class SampleDeliveries
{
    /// <summary>The folder below the root in which editions are written; no dataset has this path.</summary>
    public const string Aside = ".samples-in-work";

    /// <summary>Makes the editions that are not there yet; those whose marker is there are left alone, whatever seed or size they were made with.</summary>
    /// <exception cref="IOException">Something cannot be written, or the folder of an edition exists without its marker: it may be a delivery on its way, so it is not touched.</exception>
    public static Task WriteAsync(
        string root, IEnumerable<Dataset> datasets, SampleOptions options, IProgress<SampleProgress>? progress = null, CancellationToken stop = default) =>
        Task.Run(() => Write(root, [.. datasets], options, progress, stop), stop);

    private static void Write(string root, IReadOnlyList<Dataset> datasets, SampleOptions options, IProgress<SampleProgress>? progress, CancellationToken stop)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture; // for this task only: numbers and dates stand in many texts
        SampleProgress at = new("", "", 0, datasets.Count * options.Editions, 0, 0, 0);
        string aside = Path.Combine(root, Aside);
        foreach (Dataset dataset in datasets)
        {
            foreach (DateOnly date in EditionDates.Before(options.Today, dataset, options.Editions))
            {
                string edition = date.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
                at = at with { Dataset = dataset.Code, Edition = edition };
                string target = Path.Combine(root, dataset.Source.Path, edition);
                if (File.Exists(Path.Combine(target, dataset.Source.Ready)))
                {
                    at = at with { EditionsDone = at.EditionsDone + 1, Reused = at.Reused + 1 };
                }
                else if (Directory.Exists(target))
                {
                    throw new IOException($"'{target}' is there without its marker {dataset.Source.Ready}. It may be a delivery on its way: move it away, or finish it.");
                }
                else
                {
                    string work = Path.Combine(aside, dataset.Code, edition);
                    Clear(work);
                    at = WriteEdition(work, dataset, date, options, at, progress, stop);
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    Directory.Move(work, target);
                    at = at with { EditionsDone = at.EditionsDone + 1 };
                }
                progress?.Report(at);
            }
        }
        Clear(aside);
    }

    private static SampleProgress WriteEdition(
        string path, Dataset dataset, DateOnly date, SampleOptions options, SampleProgress at, IProgress<SampleProgress>? progress, CancellationToken stop)
    {
        SampleRandom random = new(string.Create(CultureInfo.InvariantCulture, $"{options.Seed}|{dataset.Code}|{date:yyyyMMdd}"));
        PublicationSeries numbers = new(dataset, date, random);
        SampleContent content = SampleContent.For(dataset);
        DeliveryFolder folder = new(path);
        Utf8Text page = new();
        List<Publication> delivered = [];
        List<Publication> excepted = [];
        long size = options.SizeBytes ?? content.EditionBytes;
        long before = at.Bytes;
        do
        {
            stop.ThrowIfCancellationRequested();
            (int text, int pictures) = content.Draw(random, size);
            SampleDocument document = new(dataset, numbers.Next(), text, pictures, random, folder, page);
            content.Write(document);
            delivered.Add(document.Publication);
            if (excepted.Count < 2 && random.Chance(20))
            {
                excepted.Add(numbers.Next());
            }
            at = at with { Bytes = before + folder.Bytes, Documents = at.Documents + 1 };
            progress?.Report(at);
        }
        while (folder.Bytes < size);
        if (dataset.Jurisdiction == "EP")
        {
            EpContents.Write(folder, page, dataset.Code, date, delivered);
        }
        AuthorityLines.Write(delivered, excepted, page);
        folder.Write(Delivery.AuthorityName, page);
        page.Clear();
        folder.Write(dataset.Source.Ready, page);
        return at with { Bytes = before + folder.Bytes };
    }

    private static void Clear(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
