using System.Xml;
using OpenData.Format;
using OpenData.Server.Sources;

namespace OpenData.Server.Packaging;

/// <summary>
/// Compares the parts that a package index lists with what came. A part came as a file of its size, or opened, as a folder of its name without
/// the extension: then its first and last document must be in the delivery.
/// </summary>
internal sealed class PackageIndexCheck(PackagePlan plan)
{
    private readonly Dictionary<string, Expected> _files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Expected> _folders = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _kinds = new(StringComparer.OrdinalIgnoreCase); // places and extensions of parts: "Root/DOC/*.zip"
    private readonly List<string> _missing = [];
    private readonly List<string> _surplus = [];
    private long _listed;

    /// <summary>Reads every index of the delivery, adds what is wrong to the findings and returns the comparison; null where there is none.</summary>
    public async Task<AuthorityResult?> RunAsync(Delivery delivery, FindingsFile findings, CancellationToken stop)
    {
        for (int entry = 0; entry < plan.Entries; entry++)
        {
            if (IsIndex(plan.Table.NameUtf8(entry)))
            {
                await ReadAsync(entry, delivery, findings, stop);
            }
        }
        if (_files.Count == 0)
        {
            return null;
        }
        LookFor(findings);
        foreach (Expected expected in _files.Values)
        {
            Judge(expected, findings);
            await findings.FlushFullAsync(stop);
        }
        return new AuthorityResult(_listed, _listed - _missing.Count, _missing, _surplus, 0);
    }

    private static bool IsIndex(ReadOnlySpan<byte> name) =>
        name.Length >= 9 && System.Text.Ascii.EqualsIgnoreCase(name[^9..], "index.xml"u8) && PackageIndex.IsIndex(System.Text.Encoding.UTF8.GetString(name));

    private async Task ReadAsync(int entry, Delivery delivery, FindingsFile findings, CancellationToken stop)
    {
        string name = plan.Name(entry);
        string folder = name[..(name.LastIndexOf('/') + 1)];
        await using Stream file = await delivery.OpenAsync(new DeliveryFile(name, plan.Size(entry)), stop);
        try
        {
            foreach (IndexedPart part in PackageIndex.Read(file))
            {
                string place = folder + (part.Location.Length > 0 ? part.Location + "/" : "");
                Expected expected = new(place + part.File, part);
                if (_files.TryAdd(expected.Path, expected))
                {
                    string extension = Path.GetExtension(part.File);
                    _folders.TryAdd(expected.Path[..^extension.Length], expected);
                    _kinds.Add(place + "*" + extension);
                }
            }
        }
        catch (XmlException fault)
        {
            findings.Add(new Finding(
                Severity.Error, "malformed-authority", name, Phrases.IndexUnread.With(name, fault.Message), Holds: true));
        }
    }

    private void LookFor(FindingsFile findings)
    {
        for (int entry = 0; entry < plan.Entries; entry++)
        {
            string name = plan.Name(entry);
            if (_files.TryGetValue(name, out Expected? file))
            {
                file.Bytes = plan.Size(entry);
                continue;
            }
            bool isInPart = false;
            for (int slash = name.IndexOf('/', StringComparison.Ordinal); slash >= 0 && !isInPart; slash = name.IndexOf('/', slash + 1))
            {
                isInPart = _folders.TryGetValue(name[..slash], out Expected? folder);
                if (folder is not null)
                {
                    folder.IsOpened = true;
                }
            }
            if (!isInPart && _kinds.Contains(name[..(name.LastIndexOf('/') + 1)] + "*" + Path.GetExtension(name)) && !PackageIndex.IsIndex(name))
            {
                _surplus.Add(name);
                findings.Add(new Finding(Severity.Warning, "surplus-part", name, Phrases.PartNotListed.With(name)));
            }
        }
    }

    private void Judge(Expected expected, FindingsFile findings)
    {
        _listed++;
        if (expected is { Bytes: null, IsOpened: false })
        {
            _missing.Add(expected.Path);
            findings.Add(new Finding(Severity.Error, "missing-part", null, Phrases.PartMissing.With(expected.Path)));
        }
        else if (expected.Bytes is { } bytes && expected.Part.Bytes is { } listed && bytes != listed)
        {
            findings.Add(new Finding(
                Severity.Error, "part-size", expected.Path, Phrases.PartOfOtherSize.With(expected.Path, bytes, listed)));
        }
        else if (expected.IsOpened && plan.Documents > 0)
        {
            foreach (string document in new[] { expected.Part.First, expected.Part.Last }.OfType<string>().Distinct(StringComparer.Ordinal))
            {
                _listed++;
                bool isLeftOut = plan.LeftOut.Contains(document);
                if (!isLeftOut && Array.BinarySearch(plan.DocumentCount.Numbers, PublicationNumbers.Key(document)) < 0)
                {
                    _missing.Add(document);
                    findings.Add(new Finding(
                        Severity.Error, "missing-document", null, Phrases.EndOfPartMissing.With(document, expected.Path)));
                }
            }
        }
    }

    private sealed class Expected(string path, IndexedPart part)
    {
        public string Path => path;

        public IndexedPart Part => part;

        public long? Bytes { get; set; }

        public bool IsOpened { get; set; }
    }
}
