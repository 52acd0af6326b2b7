using System.Text;

namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>
/// Document type declarations (XML 1.0, 2.8): how far they go, and which entities their internal subset declares. No address in them is ever
/// opened; what the subset says of elements and attributes is passed over.
/// </summary>
internal ref struct XmlDocumentType(ReadOnlySpan<byte> s, int at, XmlEntities entities)
{
    private readonly ReadOnlySpan<byte> _s = s;
    private int _at = at;

    /// <summary>What every document type declaration begins with.</summary>
    public static ReadOnlySpan<byte> Mark => "<!DOCTYPE"u8;

    /// <summary>Looks at a whole declaration that begins at the place given.</summary>
    public Scanned Check()
    {
        int start = _at;
        entities.IsTouched = true;
        _at += Mark.Length;
        if (_at < _s.Length && !XmlBytes.IsSpace(_s[_at]))
        {
            return new Scanned(start, Phrases.DoctypeNoSpace);
        }
        Space();
        int nameEnd = XmlBytes.NameEnd(_s, _at);
        if (nameEnd >= _s.Length)
        {
            return Scanned.CutOff;
        }
        if (nameEnd == _at || !XmlBytes.IsNameStart(_s[_at]))
        {
            return new Scanned(start, Phrases.DoctypeNoName);
        }
        _at = nameEnd;
        Space();
        bool isPublic = _s[_at..].StartsWith("PUBLIC"u8);
        if (isPublic || _s[_at..].StartsWith("SYSTEM"u8))
        {
            entities.MayBeElsewhere = true;
            _at += 6;
            for (int literals = isPublic ? 2 : 1; literals > 0; literals--)
            {
                if (!Space() || !Literal(out _))
                {
                    return _at >= _s.Length ? Scanned.CutOff : new Scanned(start, Phrases.DoctypeAddress);
                }
            }
            Space();
        }
        if (_at < _s.Length && _s[_at] == '[')
        {
            _at++;
            if (Subset() is { } subset)
            {
                return subset;
            }
            Space();
        }
        entities.IsRead = _at < _s.Length;
        return _at >= _s.Length ? Scanned.CutOff
            : _s[start.._at].IndexOfAny(XmlBytes.Controls) is >= 0 and int control ? new Scanned(start + control, XmlBytes.ControlMessage(_s[start + control]))
            : _s[_at] == '>' ? new Scanned(_at + 1)
            : new Scanned(start, _s[_at] == '<' ? Phrases.DoctypeMarkup : Phrases.DoctypeRest);
    }

    // Null where it ends well.
    private Scanned? Subset()
    {
        while (true)
        {
            Space();
            ReadOnlySpan<byte> rest = _s[_at..];
            if (rest.IsEmpty)
            {
                return Scanned.CutOff;
            }
            if (rest[0] == ']')
            {
                _at++;
                return null;
            }
            int length;
            if (rest.StartsWith("<!--"u8))
            {
                length = LengthTo(rest, 4, "--"u8) is >= 0 and int dashes && dashes < rest.Length ? dashes + 1 : -1;
                if (length > 0 && rest[length - 1] != '>')
                {
                    return new Scanned(_at, Phrases.DashesInComment);
                }
            }
            else if (rest.StartsWith("<?"u8))
            {
                length = LengthTo(rest, 2, "?>"u8);
                if (length > 0 && !XmlInstruction.IsTarget(rest[2..length]))
                {
                    return new Scanned(_at, Phrases.InstructionNoName);
                }
            }
            else if (rest[0] == '%')
            {
                entities.MayBeElsewhere = true;
                length = XmlBytes.NameEnd(rest, 1) is var end && end < rest.Length ? end + 1 : -1;
                if (length > 0 && (length == 2 || rest[end] != ';'))
                {
                    return new Scanned(_at, Phrases.DoctypePercent);
                }
            }
            else if (IsDeclaration(rest))
            {
                length = DeclarationLength(rest);
                if (length > 0 && rest.StartsWith("<!ENTITY"u8) && !Declare(rest[8..(length - 1)]))
                {
                    return new Scanned(_at, Phrases.EntityUnread);
                }
            }
            else if (rest.Length < 10 && rest[0] == '<')
            {
                return Scanned.CutOff;
            }
            else
            {
                return new Scanned(_at, rest[0] == '<' ? Phrases.DoctypeNoDeclaration : Phrases.DoctypeText);
            }
            if (length < 0)
            {
                return Scanned.CutOff;
            }
            _at += length;
        }
    }

    private static bool IsDeclaration(ReadOnlySpan<byte> s) =>
        s.StartsWith("<!ENTITY"u8) || s.StartsWith("<!ELEMENT"u8) || s.StartsWith("<!ATTLIST"u8) || s.StartsWith("<!NOTATION"u8);

    private static int LengthTo(ReadOnlySpan<byte> s, int from, ReadOnlySpan<byte> end)
    {
        int found = s[from..].IndexOf(end);
        return found < 0 ? -1 : from + found + end.Length;
    }

    private static int DeclarationLength(ReadOnlySpan<byte> s)
    {
        for (int i = 2; i < s.Length; i++)
        {
            i += s[i..].IndexOfAny((byte)'>', (byte)'"', (byte)'\'') is >= 0 and int found ? found : s.Length;
            if (i >= s.Length)
            {
                break;
            }
            if (s[i] == '>')
            {
                return i + 1;
            }
            int quoted = s[(i + 1)..].IndexOf(s[i]);
            if (quoted < 0)
            {
                break;
            }
            i += quoted + 1;
        }
        return -1;
    }

    // 4.2: S '%'? S name S ("value" | SYSTEM "address" | PUBLIC "id" "address") (S NDATA S name)? S?. Parameter entities declare nothing that is used here.
    private readonly bool Declare(ReadOnlySpan<byte> declaration)
    {
        XmlDocumentType part = new(declaration, 0, entities);
        if (!part.Space())
        {
            return false;
        }
        bool isParameter = part.Take("%"u8);
        if (isParameter && !part.Space())
        {
            return false;
        }
        int nameEnd = XmlBytes.NameEnd(declaration, part._at);
        ReadOnlySpan<byte> name = declaration[part._at..nameEnd];
        part._at = nameEnd;
        if (!XmlBytes.IsName(name) || !part.Space())
        {
            return false;
        }
        string? value = null;
        string? address = null;
        if (part.Literal(out ReadOnlySpan<byte> literal))
        {
            value = Encoding.UTF8.GetString(literal);
            if (!XmlReferences.IsEntityValue(literal))
            {
                return false;
            }
        }
        else
        {
            bool isPublic = part.Take("PUBLIC"u8);
            if ((!isPublic && !part.Take("SYSTEM"u8)) || (isPublic && !(part.Space() && part.Literal(out _))) || !part.Space() || !part.Literal(out literal))
            {
                return false;
            }
            address = Printable.Of(Encoding.UTF8.GetString(literal));
            if (part.Space() && part.Take("NDATA"u8))
            {
                address = null;
                if (isParameter || !part.Space() || !XmlBytes.IsName(declaration[part._at..XmlBytes.NameEnd(declaration, part._at)]))
                {
                    return false;
                }
                part._at = XmlBytes.NameEnd(declaration, part._at);
            }
        }
        part.Space();
        if (part._at != declaration.Length)
        {
            return false;
        }
        if (!isParameter && value is not null)
        {
            entities.DeclareInternal(XmlBytes.Text(name), value);
        }
        else if (!isParameter)
        {
            entities.DeclareExternal(XmlBytes.Text(name), address);
        }
        return true;
    }

    private bool Space()
    {
        int from = _at;
        _at = XmlBytes.SkipSpace(_s, Math.Min(_at, _s.Length));
        return _at > from;
    }

    private bool Take(ReadOnlySpan<byte> word)
    {
        bool isThere = _s[_at..].StartsWith(word);
        _at += isThere ? word.Length : 0;
        return isThere;
    }

    // At the end where it is cut off.
    private bool Literal(out ReadOnlySpan<byte> literal)
    {
        literal = [];
        if (_at >= _s.Length || _s[_at] is not ((byte)'"' or (byte)'\''))
        {
            return false;
        }
        int close = _s[(_at + 1)..].IndexOf(_s[_at]);
        if (close < 0)
        {
            _at = _s.Length;
            return false;
        }
        literal = _s.Slice(_at + 1, close);
        _at += close + 2;
        return true;
    }
}
