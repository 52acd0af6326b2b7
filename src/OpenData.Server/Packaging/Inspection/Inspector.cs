using System.Globalization;
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
        Severity.Warning, "not-inspected", name, $"The file '{name}' could not be looked at ({fault.GetType().Name}: {fault.Message}). It is packaged as it came."));

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
                $"The file '{name}' begins as {format.Describe()}; by its name, {string.Join(" or ", promised.Select(MediaFormats.Describe))} was expected.",
                Place: "byte 0"));
        }
        return format;
    }

    /// <summary>Where the findings of an archive go.</summary>
    public Action<Severity, string, string> TellArchive(string name) =>
        (severity, code, message) => _findings.Add(new Finding(severity, code, name, $"The file '{name}': {message}."));

    /// <summary>Adds what was found in an XML file.</summary>
    public void TellXml(XmlInput xml, string name)
    {
        if (xml is { InvalidAt: { } invalid, Encoding: { } encoding })
        {
            _findings.Add(new Finding(
                Severity.Error,
                "invalid-encoding",
                name,
                string.Create(CultureInfo.InvariantCulture, $"The file '{name}' is not valid {encoding.Name}, first at byte {invalid:N0}; {(encoding.IsDeclared ? "that is the encoding it declares" : "where no encoding is declared, UTF-8 is expected")}."),
                Place: string.Create(CultureInfo.InvariantCulture, $"byte {invalid}")));
        }
        if (xml.Encoding is { IsUnknown: true } unknown)
        {
            _findings.Add(new Finding(Severity.Warning, "unknown-encoding", name, $"The file '{name}' declares the encoding '{unknown.Name}', which nobody knows here; its characters were not checked."));
        }
        foreach (XmlFault fault in xml.Checker.Faults)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"line {fault.Line}, byte {fault.Column}");
            bool isBroken = fault.Code == XmlFault.Malformed;
            _findings.Add(new Finding(
                isBroken ? Severity.Error : Severity.Warning,
                fault.Code,
                name,
                isBroken ? $"The file '{name}' is not well-formed XML in {place}: {fault.Message}." : $"The file '{name}' has in {place} {fault.Message}.",
                Place: place));
        }
        if (xml.Checker.FaultCount > xml.Checker.Faults.Count)
        {
            _findings.Add(new Finding(
                Severity.Error,
                XmlFault.Malformed,
                name,
                string.Create(CultureInfo.InvariantCulture, $"The file '{name}' has {xml.Checker.FaultCount - xml.Checker.Faults.Count:N0} more documents that are not well-formed XML.")));
        }
        if (xml.Checker.Undefined.Count > 0)
        {
            _findings.Add(new Finding(
                Severity.Note,
                "undeclared-entity",
                name,
                $"The file '{name}' uses entities that its DTD may declare, which is not read: {string.Join(", ", xml.Checker.Undefined.Order(StringComparer.Ordinal).Take(10).Select(entity => $"&{entity};"))}."));
        }
        if (xml.Checker.Documents > 1)
        {
            _findings.Add(new Finding(
                Severity.Note,
                "concatenated-documents",
                name,
                string.Create(CultureInfo.InvariantCulture, $"The file '{name}' holds {xml.Checker.Documents:N0} XML documents one after the other.")));
        }
    }
}
