using OpenData.Server.Packaging.Inspection.Xml;

namespace OpenData.Server.Packaging.Inspection;

/// <summary>
/// Looks at the content of delivered files and tells what is wrong, in fixed time and memory for whatever comes. Nothing is changed: a file is
/// packaged as it came. One for each worker; not thread-safe.
/// </summary>
internal sealed class Inspector
{
    private readonly XmlInput _xml = new();
    private readonly NestedArchives _archives = new();
    private List<Finding> _findings = [];

    /// <summary>The findings since the last call.</summary>
    public IReadOnlyList<Finding> TakeFindings()
    {
        if (_findings.Count == 0)
        {
            return [];
        }
        List<Finding> taken = _findings;
        _findings = [];
        return taken;
    }

    /// <summary>Looks at a whole file.</summary>
    /// <param name="name">Its name in the delivery.</param>
    /// <param name="buffer">Its content, from the beginning.</param>
    /// <param name="length">Its length.</param>
    public void Inspect(string name, byte[] buffer, int length)
    {
        if (length == 0)
        {
            return;
        }
        try
        {
            Look(name, buffer, length);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            TellNotInspected(name, fault);
        }
    }

    /// <summary>A fault of the looking itself must not keep an edition from being packaged: it is told like any other finding.</summary>
    public void TellNotInspected(string name, Exception fault) => _findings.Add(new Finding(
        Severity.Warning, "not-inspected", name, Phrases.NotLookedAt.With(name, fault.GetType().Name, fault.Message)));

    private void Look(string name, byte[] buffer, int length)
    {
        ReadOnlySpan<byte> content = buffer.AsSpan(0, length);
        MediaFormat format = Judge(name, content[..Math.Min(length, MediaFormats.HeadLength)]);
        if (IsXml(name, format))
        {
            _xml.Reset();
            _xml.Feed(content, last: true);
            TellXml(_xml, name);
        }
        else if (format is MediaFormat.Zip or MediaFormat.Gzip || (format == MediaFormat.Unknown && IsZipByName(name)))
        {
            _archives.Inspect(buffer, length, isZip: format != MediaFormat.Gzip, TellArchive(name));
        }
    }

    /// <summary>True for what is parsed as XML: files of such names, unless their content is something else altogether.</summary>
    public static bool IsXml(string name, MediaFormat format) => format is MediaFormat.Markup or MediaFormat.Text && MediaFormats.IsXml(name);

    // A zip may have something else before it, such as a program that unpacks it.
    private static bool IsZipByName(string name) => name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    /// <summary>Tells the format of a file by its first bytes, and a finding where its name promises another.</summary>
    public MediaFormat Judge(string name, ReadOnlySpan<byte> head)
    {
        MediaFormat format = MediaFormats.Of(head);
        if (MediaFormats.Promised(name) is { } promised && !promised.Contains(format) && !(format == MediaFormat.Text && MediaFormats.IsXml(name)))
        {
            _findings.Add(new Finding(
                Severity.Warning,
                "content-mismatch",
                name,
                Phrases.OtherContent.With(name, Phrases.Known(format.Describe()), promised.Select(one => Phrases.Known(one.Describe())).Aggregate((one, other) => Phrases.Or.With(one, other))),
                Place: "byte 0"));
        }
        return format;
    }

    /// <summary>Where the findings of an archive go.</summary>
    public Action<Severity, string, Sentence> TellArchive(string name) =>
        (severity, code, message) => _findings.Add(new Finding(severity, code, name, Phrases.InArchive.With(name, message)));

    /// <summary>Adds what was found in an XML file.</summary>
    public void TellXml(XmlInput xml, string name)
    {
        if (xml is { InvalidAt: { } invalid, Encoding: { } encoding })
        {
            _findings.Add(new Finding(
                Severity.Error,
                "invalid-encoding",
                name,
                Phrases.InvalidCharacters.With(name, encoding.Name, invalid, encoding.IsDeclared ? Phrases.EncodingDeclared : Phrases.EncodingAssumed),
                Place: Phrases.AtByte.With(invalid).English));
        }
        if (xml.Encoding is { IsUnknown: true } unknown)
        {
            _findings.Add(new Finding(Severity.Warning, "unknown-encoding", name, Phrases.EncodingUnknown.With(name, unknown.Name)));
        }
        foreach (XmlFault fault in xml.Checker.Faults)
        {
            Sentence place = Phrases.LineAndByte.With(fault.Line, fault.Column);
            bool isBroken = fault.Code == XmlFault.Malformed;
            _findings.Add(new Finding(
                isBroken ? Severity.Error : Severity.Warning,
                fault.Code,
                name,
                (isBroken ? Phrases.NotWellFormed : Phrases.HasInXml).With(name, place, fault.What),
                Place: place.English));
        }
        if (xml.Checker.FaultCount > xml.Checker.Faults.Count)
        {
            _findings.Add(new Finding(
                Severity.Error,
                XmlFault.Malformed,
                name,
                Phrases.MoreNotWellFormed.With(name, xml.Checker.FaultCount - xml.Checker.Faults.Count)));
        }
        if (xml.Checker.Undefined.Count > 0)
        {
            _findings.Add(new Finding(
                Severity.Note,
                "undeclared-entity",
                name,
                Phrases.EntitiesNotRead.With(name, string.Join(", ", xml.Checker.Undefined.Order(StringComparer.Ordinal).Take(10).Select(entity => $"&{entity};")))));
        }
        if (xml.Checker.Documents > 1)
        {
            _findings.Add(new Finding(
                Severity.Note,
                "concatenated-documents",
                name,
                Phrases.ManyDocuments.With(name, xml.Checker.Documents)));
        }
    }
}
