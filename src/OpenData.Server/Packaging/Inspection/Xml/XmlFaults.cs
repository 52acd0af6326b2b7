namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>What is wrong in one file, with line and byte, whatever blocks the file comes in.</summary>
internal sealed class XmlFaults
{
    /// <summary>So many of one file are told one by one.</summary>
    public const int Told = 20;

    private readonly List<XmlFault> _told = [];
    private long _lines;
    private long _lineStart;

    /// <summary>How many there are, told or not.</summary>
    public long Count { get; private set; }

    /// <summary>The first ones.</summary>
    public IReadOnlyList<XmlFault> First => _told;

    /// <summary>Bytes of the file that are done with: where the block begins that is looked at.</summary>
    public long Position { get; private set; }

    /// <summary>Begins a file.</summary>
    public void Reset()
    {
        _told.Clear();
        (Count, _lines, _lineStart, Position) = (0, 0, 0, 0);
    }

    /// <summary>These bytes are done with; their lines are counted.</summary>
    public void Pass(ReadOnlySpan<byte> done)
    {
        _lines += done.Count((byte)'\n');
        int lastLine = done.LastIndexOf((byte)'\n');
        _lineStart = lastLine >= 0 ? Position + lastLine + 1 : _lineStart;
        Position += done.Length;
    }

    /// <summary>Takes one.</summary>
    /// <param name="s">The block.</param>
    /// <param name="at">Where in the block.</param>
    /// <param name="message">What is there.</param>
    /// <param name="code">The kind of finding.</param>
    public void Tell(ReadOnlySpan<byte> s, int at, Sentence message, string code = XmlFault.Malformed)
    {
        Count++;
        if (_told.Count < Told)
        {
            ReadOnlySpan<byte> before = s[..at];
            int lastLine = before.LastIndexOf((byte)'\n');
            long column = Position + at - (lastLine >= 0 ? Position + lastLine + 1 : _lineStart) + 1;
            _told.Add(new XmlFault(code, _lines + before.Count((byte)'\n') + 1, column, message));
        }
    }
}

/// <summary>Something wrong in an XML file.</summary>
/// <param name="Code">The kind of finding.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Byte of that line in UTF-8, from 1.</param>
/// <param name="What">What is there.</param>
internal readonly record struct XmlFault(string Code, long Line, long Column, Sentence What)
{
    /// <summary>What is there, in English.</summary>
    public string Message => What.English;

    /// <summary>The code of what is not well formed.</summary>
    public const string Malformed = "malformed-xml";

    /// <summary>The code of what is beyond a limit and was not read.</summary>
    public const string Limit = "xml-limit";
}
