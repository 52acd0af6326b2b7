using System.Buffers;
using System.Globalization;

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

    // What must be at hand to tell what begins at a '<', unless the file ends before that.
    private const int LongestMark = 10;

    private readonly OpenElements _open = new();
    private readonly XmlFaults _faults = new();
    private readonly XmlReferences _references;
    private readonly XmlTags _tags;
    private byte[] _carry = [];
    private int _carried;
    private Place _place;
    private Inside _inside;
    private bool _started;

    /// <summary>A checker for one file after the other.</summary>
    public XmlChecker()
    {
        _references = new XmlReferences(_faults);
        _tags = new XmlTags(_references);
    }

    private enum Place
    {
        BeforeRoot,
        Content,
        AfterRoot,
    }

    // Markup that may be longer than a block.
    private enum Inside
    {
        Nothing,
        Comment,
        CData,
        Instruction,
        Broken,
    }

    /// <summary>Documents begun so far.</summary>
    public int Documents { get; private set; }

    /// <summary>Faults found so far, told or not.</summary>
    public long FaultCount => _faults.Count;

    /// <summary>The first faults.</summary>
    public IReadOnlyList<XmlFault> Faults => _faults.First;

    /// <inheritdoc cref="XmlReferences.Undefined"/>
    public IReadOnlyCollection<string> Undefined => _references.Undefined;

    /// <summary>Forgets everything, for the next file.</summary>
    public void Reset()
    {
        _faults.Reset();
        _references.Reset();
        (_carried, Documents, _inside) = (0, 0, Inside.Nothing);
        BeginDocument();
    }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="data">The bytes; not kept.</param>
    /// <param name="last">True where nothing follows.</param>
    public void Feed(ReadOnlySpan<byte> data, bool last)
    {
        if (_carried == 0)
        {
            Keep(data[Consume(data, last)..], last);
            return;
        }
        // What was cut by the end of the last block, and this block behind it.
        byte[] joined = ArrayPool<byte>.Shared.Rent(_carried + data.Length);
        _carry.AsSpan(0, _carried).CopyTo(joined);
        data.CopyTo(joined.AsSpan(_carried));
        ReadOnlySpan<byte> all = joined.AsSpan(0, _carried + data.Length);
        _carried = 0;
        Keep(all[Consume(all, last)..], last);
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
            // Longer than anything is held: the document is given up, and only its last bytes are kept, which may begin the next one.
            Break(rest, 0, string.Create(CultureInfo.InvariantCulture, $"markup of more than {MaxMarkup:N0} bytes, which is not read"), XmlFault.Limit);
            _faults.Pass(rest[..^8]);
            rest = rest[^8..];
        }
        if (_carry.Length < rest.Length)
        {
            _carry = GC.AllocateUninitializedArray<byte>(rest.Length + 1024);
        }
        rest.CopyTo(_carry);
        _carried = rest.Length;
    }

    // Returns how far it came; the rest is cut off by the end of the block.
    private int Consume(ReadOnlySpan<byte> s, bool last)
    {
        int at = 0;
        while (at < s.Length)
        {
            int next = _inside switch
            {
                Inside.Comment => InComment(s, at, last),
                Inside.CData => InSection(s, at, last, "]]>"u8),
                Inside.Instruction => InSection(s, at, last, "?>"u8),
                Inside.Broken => InBroken(s, at, last),
                _ => _place == Place.Content ? InContent(s, at, last) : Outside(s, at, last),
            };
            if (next < 0)
            {
                break;
            }
            at = next;
        }
        if (last)
        {
            End(s);
        }
        else
        {
            _faults.Pass(s[..at]);
        }
        return at;
    }

    private void End(ReadOnlySpan<byte> s)
    {
        string? fault = _inside switch
        {
            Inside.Broken => null,
            Inside.Comment => "a comment that is not closed",
            Inside.CData => "a CDATA section that is not closed",
            Inside.Instruction => "a processing instruction that is not closed",
            _ when _place == Place.Content => $"the element <{XmlBytes.Text(_open.Innermost)}> is not closed: the file ends inside it",
            _ when _place == Place.BeforeRoot => "the file ends before any element",
            _ => null,
        };
        if (fault is not null)
        {
            _faults.Tell(s, s.Length, fault);
        }
    }

    private int InContent(ReadOnlySpan<byte> s, int at, bool last)
    {
        int found = s[at..].IndexOfAny(XmlBytes.SpecialInText);
        if (found < 0)
        {
            return s.Length;
        }
        int passed = found > 0 ? at + found : -1; // the text before a cut is done with
        at += found;
        switch (s[at])
        {
            case (byte)'<':
                return Markup(s, at, last);
            case (byte)'&':
                return Go(s, at, last, _references.Check(s, at), "'&' that begins no reference; as text it is written &amp;");
            case (byte)']' when s.Length - at < 3:
                return last ? at + 1 : passed;
            case (byte)']':
                return s[at + 1] == ']' && s[at + 2] == '>' ? Break(s, at, "']]>' outside of a CDATA section") : at + 1;
            default:
                return Break(s, at, XmlBytes.ControlMessage(s[at]));
        }
    }

    private int Markup(ReadOnlySpan<byte> s, int at, bool last)
    {
        ReadOnlySpan<byte> head = s[at..];
        if (head.Length > 1 && XmlBytes.IsNameStart(head[1]))
        {
            return StartTag(s, at, last);
        }
        if (head.Length > 1 && head[1] == '/')
        {
            int next = Go(s, at, last, XmlTags.End(s, at, _open.Innermost), "a tag that is not closed");
            if (next >= 0 && _inside == Inside.Nothing)
            {
                _open.Close();
                _place = _open.Depth == 0 ? Place.AfterRoot : Place.Content;
            }
            return next;
        }
        if (head.Length < LongestMark && !last)
        {
            return -1;
        }
        if (head.StartsWith("<!--"u8))
        {
            _inside = Inside.Comment;
            return at + 4;
        }
        if (head.StartsWith("<![CDATA["u8))
        {
            _inside = Inside.CData;
            return at + 9;
        }
        if (XmlDeclaration.IsAt(head))
        {
            // The document broke off, and the next one begins right here.
            Break(s, at, $"the element <{XmlBytes.Text(_open.Innermost)}> is not closed: the next document begins inside it");
            return at;
        }
        return head.StartsWith("<?"u8) ? Instruction(s, at, last) : Break(s, at, "'<' that begins no markup; as text it is written &lt;");
    }

    private int StartTag(ReadOnlySpan<byte> s, int at, bool last)
    {
        int next = Go(s, at, last, _tags.Start(s, at, out int nameEnd, out bool isEmpty), "a tag that is not closed");
        if (next < 0 || _inside == Inside.Broken)
        {
            return next;
        }
        if (isEmpty)
        {
            _place = _place == Place.BeforeRoot ? Place.AfterRoot : _place;
            return next;
        }
        if (!_open.TryOpen(s[(at + 1)..nameEnd]))
        {
            return Break(s, at, string.Create(CultureInfo.InvariantCulture, $"elements nested more than {OpenElements.MaxDepth} deep, or with names of more than {OpenElements.MaxBytes:N0} bytes together, which are not read"), XmlFault.Limit);
        }
        _place = Place.Content;
        return next;
    }

    private int Instruction(ReadOnlySpan<byte> s, int at, bool last)
    {
        int next = Go(s, at, last, XmlInstruction.Begin(s, at), "a processing instruction that is not closed");
        _inside = next >= 0 && _inside == Inside.Nothing ? Inside.Instruction : _inside;
        return next;
    }

    private int InComment(ReadOnlySpan<byte> s, int at, bool last)
    {
        int dashes = s[at..].IndexOf("--"u8);
        if (HasControl(s, at, dashes < 0 ? s.Length - at : dashes))
        {
            return at;
        }
        if (dashes < 0)
        {
            return last ? s.Length : s.Length - 1 > at ? s.Length - 1 : -1;
        }
        int end = at + dashes + 2;
        if (end >= s.Length)
        {
            return last ? s.Length : dashes > 0 ? at + dashes : -1;
        }
        if (s[end] != '>')
        {
            return Break(s, at + dashes, "'--' inside a comment");
        }
        _inside = Inside.Nothing;
        return end + 1;
    }

    private int InSection(ReadOnlySpan<byte> s, int at, bool last, ReadOnlySpan<byte> terminator)
    {
        int found = s[at..].IndexOf(terminator);
        if (HasControl(s, at, found < 0 ? s.Length - at : found))
        {
            return at;
        }
        if (found >= 0)
        {
            _inside = Inside.Nothing;
            return at + found + terminator.Length;
        }
        return last ? s.Length : s.Length - (terminator.Length - 1) is var keep && keep > at ? keep : -1;
    }

    // Where it says true, the document is given up.
    private bool HasControl(ReadOnlySpan<byte> s, int at, int length)
    {
        int control = s.Slice(at, length).IndexOfAny(XmlBytes.Controls);
        if (control < 0)
        {
            return false;
        }
        Break(s, at + control, XmlBytes.ControlMessage(s[at + control]));
        return true;
    }

    // After a fault the rest of the document is passed over; the next one begins with its declaration.
    private int InBroken(ReadOnlySpan<byte> s, int at, bool last)
    {
        int declaration = XmlDeclaration.IndexOf(s, at);
        if (declaration < 0)
        {
            return last ? s.Length : s.Length - (XmlDeclaration.Mark.Length + 1) is var keep && keep > at ? keep : -1;
        }
        _inside = Inside.Nothing;
        BeginDocument();
        return declaration;
    }

    private int Outside(ReadOnlySpan<byte> s, int at, bool last)
    {
        bool isFirst = _faults.Position + at == 0;
        int markup = XmlBytes.SkipSpace(s, at);
        if (markup == s.Length)
        {
            return s.Length;
        }
        isFirst &= markup == at;
        at = markup;
        if (s[at] != '<')
        {
            return Break(s, at, _place == Place.AfterRoot ? "text behind the end of the document" : "text before the first element");
        }
        ReadOnlySpan<byte> head = s[at..];
        if (head.Length < LongestMark && !last)
        {
            return -1;
        }
        if (XmlDeclaration.IsAt(head))
        {
            return Declaration(s, at, last, isFirst);
        }
        if (head.StartsWith("<!--"u8))
        {
            StartUnlessAfterRoot();
            _inside = Inside.Comment;
            return at + 4;
        }
        if (head.StartsWith("<?"u8))
        {
            StartUnlessAfterRoot();
            return Instruction(s, at, last);
        }
        if (head.StartsWith(XmlDocumentType.Mark))
        {
            if (_place == Place.AfterRoot)
            {
                BeginDocument();
            }
            if (_references.Entities.IsRead)
            {
                return Break(s, at, "a second document type declaration");
            }
            Start();
            return Go(s, at, last, new XmlDocumentType(s, at, _references.Entities).Check(), "a document type declaration that is not closed");
        }
        if (_place == Place.AfterRoot)
        {
            return Break(s, at, "a second document without a declaration behind the end of the first");
        }
        Start();
        return head.Length > 1 && XmlBytes.IsNameStart(head[1]) ? StartTag(s, at, last) : Break(s, at, "'<' that begins no markup that may stand here");
    }

    private int Declaration(ReadOnlySpan<byte> s, int at, bool last, bool isFirst)
    {
        if (_place == Place.AfterRoot)
        {
            BeginDocument();
        }
        else if (!isFirst && (Documents == 0 || _started))
        {
            Break(s, at, "an XML declaration that is not at the beginning of the document");
            return at + XmlDeclaration.Mark.Length;
        }
        int next = Go(s, at, last, XmlDeclaration.Check(s, at), "an XML declaration that is not closed");
        if (next >= 0)
        {
            Start();
        }
        return _inside == Inside.Broken ? at + XmlDeclaration.Mark.Length : next;
    }

    private void StartUnlessAfterRoot()
    {
        if (_place != Place.AfterRoot)
        {
            Start();
        }
    }

    private void Start()
    {
        Documents += _started ? 0 : 1;
        _started = true;
    }

    private void BeginDocument()
    {
        (_place, _started) = (Place.BeforeRoot, false);
        _open.Clear();
        _references.BeginDocument();
    }

    // Where to go on behind a piece of markup; -1 where more bytes are needed.
    private int Go(ReadOnlySpan<byte> s, int at, bool last, Scanned piece, string cutOff) =>
        piece.Fault is not null ? Break(s, piece.Next, piece.Fault)
        : piece.Next >= 0 ? piece.Next
        : last ? Break(s, at, cutOff)
        : -1;

    private int Break(ReadOnlySpan<byte> s, int at, string message, string code = XmlFault.Malformed)
    {
        _faults.Tell(s, at, message, code);
        _inside = Inside.Broken;
        return Math.Min(at + 1, s.Length);
    }
}
