
namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>
/// Where in a file of documents the bytes are that come next, and what may stand there (XML 1.0, productions 1, 22, 27 and 39): each piece of markup is looked at whole by who knows it,
/// and a piece that the end of a block cuts is asked for again with more behind it.
/// </summary>
internal sealed class XmlScan
{
    // What must be at hand to tell what begins at a '<', unless the file ends before that.
    private const int LongestMark = 10;

    // Of a document that is given up, the last bytes may begin the declaration of the next.
    private const int KeptOfBroken = 8;

    private readonly OpenElements _open = new();
    private readonly XmlReferences _references;
    private readonly XmlTags _tags;
    private Place _place;
    private Inside _inside;
    private bool _started;

    /// <summary>A scan of one file after the other.</summary>
    public XmlScan()
    {
        _references = new XmlReferences(Faults);
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

    /// <summary>What is wrong in this file.</summary>
    public XmlFaults Faults { get; } = new();

    /// <inheritdoc cref="XmlReferences.Undefined"/>
    public IReadOnlyCollection<string> Undefined => _references.Undefined;

    /// <summary>Forgets everything, for the next file.</summary>
    public void Reset()
    {
        Faults.Reset();
        _references.Reset();
        (Documents, _inside) = (0, Inside.Nothing);
        BeginDocument();
    }

    /// <summary>Looks at the next bytes.</summary>
    /// <returns>How far it came; the rest is cut off by the end of the block.</returns>
    public int Pass(ReadOnlySpan<byte> s, bool last)
    {
        int at = 0;
        while (at < s.Length)
        {
            int next = _inside switch
            {
                Inside.Comment => Go(s, XmlSection.Comment(s, at, last)),
                Inside.CData => Go(s, XmlSection.Until("]]>"u8, s, at, last)),
                Inside.Instruction => Go(s, XmlSection.Until("?>"u8, s, at, last)),
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
            Faults.Pass(s[..at]);
        }
        return at;
    }

    /// <summary>Gives the document up, whose markup is longer than anything is held.</summary>
    /// <returns>How much of it is done with; the last bytes may begin the next document.</returns>
    public int GiveUp(ReadOnlySpan<byte> s, Sentence why)
    {
        Break(s, 0, why, XmlFault.Limit);
        Faults.Pass(s[..^KeptOfBroken]);
        return s.Length - KeptOfBroken;
    }

    private void End(ReadOnlySpan<byte> s)
    {
        Sentence? fault = _inside switch
        {
            Inside.Broken => null,
            Inside.Comment => Phrases.CommentNotClosed,
            Inside.CData => Phrases.CDataNotClosed,
            Inside.Instruction => Phrases.InstructionNotClosed,
            _ when _place == Place.Content => Phrases.ElementOpenAtEnd.With(XmlBytes.Text(_open.Innermost)),
            _ when _place == Place.BeforeRoot => Phrases.NoElement,
            _ => null,
        };
        if (fault is not null)
        {
            Faults.Tell(s, s.Length, fault);
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
                return Go(s, at, last, _references.Check(s, at), Phrases.NoReference);
            case (byte)']' when s.Length - at < 3:
                return last ? at + 1 : passed;
            case (byte)']':
                return s[at + 1] == ']' && s[at + 2] == '>' ? Break(s, at, Phrases.CDataEndInText) : at + 1;
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
            int next = Go(s, at, last, XmlTags.End(s, at, _open.Innermost), Phrases.TagNotClosed);
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
            Break(s, at, Phrases.ElementOpenAtNext.With(XmlBytes.Text(_open.Innermost)));
            return at;
        }
        return head.StartsWith("<?"u8) ? Instruction(s, at, last) : Break(s, at, Phrases.NoMarkup);
    }

    private int StartTag(ReadOnlySpan<byte> s, int at, bool last)
    {
        int next = Go(s, at, last, _tags.Start(s, at, out int nameEnd, out bool isEmpty), Phrases.TagNotClosed);
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
            return Break(s, at, Phrases.TooDeep.With(OpenElements.MaxDepth, OpenElements.MaxBytes), XmlFault.Limit);
        }
        _place = Place.Content;
        return next;
    }

    private int Instruction(ReadOnlySpan<byte> s, int at, bool last)
    {
        int next = Go(s, at, last, XmlInstruction.Begin(s, at), Phrases.InstructionNotClosed);
        _inside = next >= 0 && _inside == Inside.Nothing ? Inside.Instruction : _inside;
        return next;
    }

    private int Go(ReadOnlySpan<byte> s, XmlSection section)
    {
        if (section.Fault is not null)
        {
            Break(s, section.FaultAt, section.Fault);
        }
        else if (section.IsClosed)
        {
            _inside = Inside.Nothing;
        }
        return section.Next;
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
        bool isFirst = Faults.Position + at == 0;
        int markup = XmlBytes.SkipSpace(s, at);
        if (markup == s.Length)
        {
            return s.Length;
        }
        isFirst &= markup == at;
        at = markup;
        if (s[at] != '<')
        {
            return Break(s, at, _place == Place.AfterRoot ? Phrases.TextAfterEnd : Phrases.TextBeforeElement);
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
                return Break(s, at, Phrases.SecondDoctype);
            }
            Start();
            return Go(s, at, last, new XmlDocumentType(s, at, _references.Entities).Check(), Phrases.DoctypeNotClosed);
        }
        if (_place == Place.AfterRoot)
        {
            return Break(s, at, Phrases.SecondDocument);
        }
        Start();
        return head.Length > 1 && XmlBytes.IsNameStart(head[1]) ? StartTag(s, at, last) : Break(s, at, Phrases.NoMarkupHere);
    }

    private int Declaration(ReadOnlySpan<byte> s, int at, bool last, bool isFirst)
    {
        if (_place == Place.AfterRoot)
        {
            BeginDocument();
        }
        else if (!isFirst && (Documents == 0 || _started))
        {
            Break(s, at, Phrases.DeclarationNotFirst);
            return at + XmlDeclaration.Mark.Length;
        }
        int next = Go(s, at, last, XmlDeclaration.Check(s, at), Phrases.DeclarationNotClosed);
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
    private int Go(ReadOnlySpan<byte> s, int at, bool last, Scanned piece, Phrase cutOff) =>
        piece.Fault is not null ? Break(s, piece.Next, piece.Fault)
        : piece.Next >= 0 ? piece.Next
        : last ? Break(s, at, cutOff)
        : -1;

    private int Break(ReadOnlySpan<byte> s, int at, Sentence message, string code = XmlFault.Malformed)
    {
        Faults.Tell(s, at, message, code);
        _inside = Inside.Broken;
        return Math.Min(at + 1, s.Length);
    }
}
