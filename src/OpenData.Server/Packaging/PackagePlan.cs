using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging.Inspection;
using OpenData.Server.Sources;

namespace OpenData.Server.Packaging;

/// <summary>
/// Which file goes into which volume: decided from names and sizes alone, before anything is read. Names are judged here; a plan that
/// <see cref="IsHeld"/> is never written. Immutable once built.
/// </summary>
public sealed class PackagePlan
{
    private PackagePlan(EntryTable entries, PackageRules rules, LeftOutDocuments leftOut, IReadOnlyList<PlannedVolume> volumes, DocumentCount documents, long bytes, IReadOnlyList<Finding> findings)
    {
        LeftOut = leftOut;
        (Table, Rules, Volumes, DocumentCount, Bytes, Findings) = (entries, rules, volumes, documents, bytes, findings);
    }

    /// <summary>The kind of finding that tells what was left out.</summary>
    internal const string WithdrawnDocument = "withdrawn-document";

    /// <summary>The rules that the plan follows.</summary>
    public PackageRules Rules { get; }

    /// <summary>What a delivery must not bring back.</summary>
    public LeftOutDocuments LeftOut { get; }

    /// <summary>The volumes in order; together they hold every entry once.</summary>
    public IReadOnlyList<PlannedVolume> Volumes { get; }

    /// <summary>Files that are packaged.</summary>
    public int Entries => Table.Count;

    /// <summary>Their bytes, as listed.</summary>
    public long Bytes { get; }

    /// <summary>Publications among them: distinct numbers.</summary>
    public long Documents => DocumentCount.Numbers.Length;

    /// <summary>What is wrong with names and files, the most severe first.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>True where the edition must be held and nothing be written: the findings say why.</summary>
    public bool IsHeld => Findings.Any(finding => finding.Holds);

    /// <summary>Names and sizes in the order of the archives.</summary>
    internal EntryTable Table { get; }

    /// <summary>Publication numbers found in the names.</summary>
    internal DocumentCount DocumentCount { get; }

    /// <summary>Lists a delivery and plans it.</summary>
    public static Task<PackagePlan> ForAsync(Delivery delivery, PackageRules rules, CancellationToken stop) =>
        ForAsync(delivery.ListAsync(stop), rules, LeftOutDocuments.None, stop);

    /// <summary>Plans a listing; its order does not matter.</summary>
    public static async Task<PackagePlan> ForAsync(IAsyncEnumerable<DeliveryFile> files, PackageRules rules, LeftOutDocuments leftOut, CancellationToken stop)
    {
        Builder builder = new(rules, leftOut);
        await foreach (DeliveryFile file in files.WithCancellation(stop))
        {
            builder.Add(file);
        }
        return await builder.BuildAsync();
    }

    /// <summary>An entry's name.</summary>
    public string Name(int entry) => Table.Name(entry);

    /// <summary>An entry's bytes as listed.</summary>
    public long Size(int entry) => Table.Size(entry);

    /// <summary>An empty file is worth a note.</summary>
    internal static Finding EmptyFile(string name) => new(Severity.Note, "empty-file", name, Phrases.Empty.With(name));

    private sealed class Builder(PackageRules rules, LeftOutDocuments leftOut)
    {
        private readonly EntryTable _entries = new();
        private readonly Findings _findings = new();
        private long _bytes;

        public void Add(DeliveryFile file)
        {
            if (EntryName.Fault(file.Name) is { } fault)
            {
                _findings.Add(new Finding(Severity.Error, "hostile-name", file.Name, Phrases.NameRefused.With(Printable.Of(file.Name), Phrases.Known(fault)), Holds: true));
            }
            else if (file.Refusal is { } refusal)
            {
                _findings.Add(new Finding(Severity.Error, "refused-file", file.Name, Phrases.FileRefused.With(file.Name, Phrases.Known(refusal)), Holds: true));
            }
            else if (leftOut.Contains(rules.Document, file.Name))
            {
                _findings.Add(new Finding(Severity.Note, WithdrawnDocument, file.Name, Phrases.LeftOut.With(file.Name)));
            }
            else
            {
                _entries.Add(file.Name, file.Size);
                _bytes += file.Size;
                if (file.Size == 0)
                {
                    _findings.Add(EmptyFile(file.Name));
                }
            }
        }

        public async Task<PackagePlan> BuildAsync()
        {
            _entries.Sort();
            List<(int First, int Count)> volumes = Split(_entries, rules.VolumeBytes);
            // Numbers are looked for in all names while names are compared.
            Task<DocumentCount> counting = Task.Run(() => DocumentCount.Of(_entries, rules.Document, volumes));
            foreach ((string name, string other) in NameCollisions.Find(_entries))
            {
                _findings.Add(new Finding(
                    Severity.Error,
                    "name-collision",
                    name,
                    Phrases.NamesCollide.With(name, other),
                    Holds: true));
            }
            IReadOnlyList<Finding> findings = _findings.ToList();
            if (_entries.Count == 0)
            {
                findings = [new Finding(Severity.Error, "empty-delivery", null, Phrases.NothingToPackage, Holds: true), .. findings];
            }
            DocumentCount documents = await counting;
            return new PackagePlan(
                _entries,
                rules,
                leftOut,
                [.. volumes.Select((volume, i) => new PlannedVolume(i + 1, volume.First, volume.Count, SumOf(volume), documents.InVolumes[i]))],
                documents,
                _bytes,
                findings);
        }

        private static List<(int First, int Count)> Split(EntryTable entries, long volumeBytes)
        {
            List<(int First, int Count)> volumes = [];
            int first = 0;
            long bytes = 0;
            for (int i = 0; i < entries.Count; i++)
            {
                if (i > first && bytes + entries.Size(i) > volumeBytes)
                {
                    volumes.Add((first, i - first));
                    (first, bytes) = (i, 0);
                }
                bytes += entries.Size(i);
            }
            if (first < entries.Count)
            {
                volumes.Add((first, entries.Count - first));
            }
            return volumes;
        }

        private long SumOf((int First, int Count) volume)
        {
            long sum = 0;
            for (int i = volume.First; i < volume.First + volume.Count; i++)
            {
                sum += _entries.Size(i);
            }
            return sum;
        }
    }
}

/// <summary>A volume to be written.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="First">Index of its first entry.</param>
/// <param name="Count">Entries in it.</param>
/// <param name="Bytes">Uncompressed bytes in it.</param>
/// <param name="Documents">Publications in it.</param>
public sealed record PlannedVolume(int Number, int First, int Count, long Bytes, long Documents);
