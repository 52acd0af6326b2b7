using System.Buffers;

namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>
/// Tells whether XML 1.0 in UTF-8 is well formed, block by block and at the speed of a scan. It checks and builds nothing: no entity is ever
/// expanded, no address ever opened, and memory is bounded by <see cref="MaxMarkup"/> whatever comes. Several documents one after the other,
/// each with a declaration of its own as in the weekly files of the USPTO, are told apart and counted; after a fault it goes on with the next.
/// <para>
/// Not checked: the content model, namespaces, which letters beyond ASCII may stand in names, what entities would bring into the document, and
/// public identifiers. Those need the DTD or say little about whether a file arrived whole.
/// </para>
/// </summary>
internal sealed class XmlChecker
{
    /// <summary>The longest tag, declaration or reference in bytes: it is held in memory when it is cut by the end of a block.</summary>
    public const int MaxMarkup = 1024 * 1024;

    private readonly XmlScan _scan = new();
    private byte[] _carry = [];
    private int _carried;

    /// <inheritdoc cref="XmlScan.Documents"/>
    public int Documents => _scan.Documents;

    /// <summary>Faults found so far, told or not.</summary>
    public long FaultCount => _scan.Faults.Count;

    /// <summary>The first faults.</summary>
    public IReadOnlyList<XmlFault> Faults => _scan.Faults.First;

    /// <inheritdoc cref="XmlReferences.Undefined"/>
    public IReadOnlyCollection<string> Undefined => _scan.Undefined;

    /// <summary>Forgets everything, for the next file.</summary>
    public void Reset()
    {
        _carried = 0;
        _scan.Reset();
    }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="data">The bytes; not kept.</param>
    /// <param name="last">True where nothing follows.</param>
    public void Feed(ReadOnlySpan<byte> data, bool last)
    {
        if (_carried == 0)
        {
            Keep(data[_scan.Pass(data, last)..], last);
            return;
        }
        // What was cut by the end of the last block, and this block behind it.
        byte[] joined = ArrayPool<byte>.Shared.Rent(_carried + data.Length);
        _carry.AsSpan(0, _carried).CopyTo(joined);
        data.CopyTo(joined.AsSpan(_carried));
        ReadOnlySpan<byte> all = joined.AsSpan(0, _carried + data.Length);
        _carried = 0;
        Keep(all[_scan.Pass(all, last)..], last);
        ArrayPool<byte>.Shared.Return(joined);
    }

    private void Keep(ReadOnlySpan<byte> rest, bool last)
    {
        if (last || rest.IsEmpty)
        {
            return;
        }
        if (rest.Length > MaxMarkup)
        {
            // Longer than anything is held.
            rest = rest[_scan.GiveUp(rest, Phrases.MarkupTooLong.With(MaxMarkup))..];
        }
        if (_carry.Length < rest.Length)
        {
            _carry = GC.AllocateUninitializedArray<byte>(rest.Length + 1024);
        }
        rest.CopyTo(_carry);
        _carried = rest.Length;
    }
}
