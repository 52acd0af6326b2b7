using OpenData.Server.Packaging.Inspection.Xml;

namespace OpenData.Server.Packaging.Inspection;

/// <summary>
/// Looks at a file that is too large for memory, block by block. XML is checked to its end; of a zip, the end is held and its directory looked
/// at; a large gzip is known by its first bytes only.
/// </summary>
internal sealed class StreamInspection(string name, long size)
{
    private const int HeldEnd = 1024 * 1024;

    private readonly Inspector _inspector = new();
    private readonly XmlInput _xml = new();
    private MediaFormat? _format;
    private byte[] _end = [];
    private int _endLength;
    private bool _givenUp;

    /// <summary>What was found, once the last block was taken.</summary>
    public IReadOnlyList<Finding> Findings { get; private set; } = [];

    /// <summary>Takes the next block.</summary>
    public void Append(ReadOnlySpan<byte> block, bool last)
    {
        if (!_givenUp)
        {
            try
            {
                Look(block, last);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                _givenUp = true;
                _inspector.TellNotInspected(name, fault);
            }
        }
        if (last)
        {
            Findings = _inspector.TakeFindings();
        }
    }

    private void Look(ReadOnlySpan<byte> block, bool last)
    {
        if (_format is null)
        {
            _format = _inspector.Judge(name, block[..Math.Min(block.Length, MediaFormats.HeadLength)]);
            _xml.Reset();
        }
        if (Inspector.IsXml(name, _format.Value))
        {
            _xml.Feed(block, last);
            if (last)
            {
                _inspector.TellXml(_xml, name);
            }
        }
        else if (_format == MediaFormat.Zip)
        {
            Hold(block);
            if (last)
            {
                new NestedArchives().InspectEnd(_end[..Math.Min(_endLength, _end.Length)], size, _inspector.TellArchive(name));
            }
        }
    }

    private void Hold(ReadOnlySpan<byte> block)
    {
        if (_end.Length == 0)
        {
            _end = new byte[HeldEnd];
        }
        if (block.Length >= HeldEnd)
        {
            block[^HeldEnd..].CopyTo(_end);
            _endLength = HeldEnd;
            return;
        }
        int keep = Math.Min(_endLength, HeldEnd - block.Length);
        _end.AsSpan(_endLength - keep, keep).CopyTo(_end);
        block.CopyTo(_end.AsSpan(keep));
        _endLength = keep + block.Length;
    }
}
