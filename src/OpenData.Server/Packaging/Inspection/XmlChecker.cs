using System.Buffers;
using System.Globalization;
using System.Text;

namespace OpenData.Server.Packaging.Inspection;

/// <summary>
/// Tells whether XML 1.0 in UTF-8 is well formed, block by block and at the speed of a scan. It checks and builds nothing: no entity is ever
/// expanded, no address ever opened, and memory is bounded by <see cref="MaxMarkup"/> whatever comes. Several documents one after the other,
/// each with a declaration of its own as in the weekly files of the USPTO, are told apart and counted; after a fault it goes on with the next.
/// <para>
/// Not checked: the content model, namespaces, which letters beyond ASCII may stand in names, and public identifiers. Those need the DTD or say
/// little about whether a file arrived whole.
/// </para>
/// </summary>
internal sealed class XmlChecker
{
    /// <summary>Elements may be nested this deep.</summary>
    public const int MaxDepth = 256;

    /// <summary>The longest tag, document type declaration or reference in bytes: it is held in memory when it is cut by the end of a block.</summary>
    public const int MaxMarkup = 1024 * 1024;

    /// <summary>An internal entity must not make more characters than this out of a document.</summary>
    public const long MaxExpansion = 10_000_000;

    /// <summary>So many faults of one file are told one by one.</summary>
    public const int ToldFaults = 20;

    private const int MaxReference = 512;
    private const int FewAttributes = 32;

    private static readonly SearchValues<byte> SpecialInText = SearchValues.Create([.. Controls(), (byte)'<', (byte)'&', (byte)']']);
    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create(Controls());
    private static readonly SearchValues<byte> SpecialInDoubleQuotes = SearchValues.Create([.. Controls(), (byte)'<', (byte)'&', (byte)'"']);
    private static readonly SearchValues<byte> SpecialInSingleQuotes = SearchValues.Create([.. Controls(), (byte)'<', (byte)'&', (byte)'\'']);
    private static readonly SearchValues<byte> EndOfName = SearchValues.Create([.. Enumerable.Range(0, 128).Select(i => (byte)i).Where(b => !IsNameByte(b))]);
    private static readonly SearchValues<byte> NotSpace = SearchValues.Create([.. Enumerable.Range(0, 256).Select(i => (byte)i).Where(b => !IsSpace(b))]);

    private readonly int[] _nameStarts = new int[MaxDepth + 1];
    private readonly byte[] _nameBytes = new byte[64 * 1024];
    private readonly List<XmlFault> _faults = [];
    private readonly HashSet<string> _undefined = new(StringComparer.Ordinal);
    private XmlEntities _entities = new();
    private byte[] _carry = [];
    private int _carried;
    private Place _place;
    private Inside _inside;
    private int _depth;
    private bool _started;
    private long _lines;
    private long _lineStart;
    private long _position;
    private long _expansion;
    private bool _expansionTold;

    private enum Place
    {
        BeforeRoot,
        Content,
        AfterRoot,
    }

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
    public long FaultCount { get; private set; }

    /// <summary>The first faults.</summary>
    public IReadOnlyList<XmlFault> Faults => _faults;

    /// <summary>Entities that are used and not declared in what was read, in a document that names a DTD: it may declare them. The first hundred.</summary>
    public IReadOnlyCollection<string> Undefined => _undefined;

    /// <summary>Forgets everything, for the next file.</summary>
    public void Reset()
    {
        _faults.Clear();
        _undefined.Clear();
        (_carried, _lines, _lineStart, _position) = (0, 0, 0, 0);
        (Documents, FaultCount) = (0, 0);
        _inside = Inside.Nothing;
        Begin();
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

    private static byte[] Controls() => [.. Enumerable.Range(0, 32).Where(b => b is not (9 or 10 or 13)).Select(b => (byte)b)];

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static bool IsNameStart(byte b) => b >= 0x80 || char.IsAsciiLetter((char)b) || b is (byte)'_' or (byte)':';

    private static bool IsNameByte(byte b) => IsNameStart(b) || char.IsAsciiDigit((char)b) || b is (byte)'-' or (byte)'.';

    private void Keep(ReadOnlySpan<byte> rest, bool last)
    {
        if (last || rest.IsEmpty)
        {
            return;
        }
        if (rest.Length > MaxMarkup)
        {
            // Longer than anything is held: the document is given up, and only its last bytes are kept, which may begin the next one.
            Fault(rest, 0, string.Create(CultureInfo.InvariantCulture, $"markup of more than {MaxMarkup:N0} bytes, which is not read"), "xml-limit");
            Pass(rest[..^8]);
            rest = rest[^8..];
        }
        if (_carry.Length < rest.Length)
        {
            _carry = GC.AllocateUninitializedArray<byte>(rest.Length + 1024);
        }
        rest.CopyTo(_carry);
        _carried = rest.Length;
    }

    private int Consume(ReadOnlySpan<byte> s, bool last)
    {
        int at = 0;
        while (at < s.Length)
        {
            int next = Step(s, at, last);
            if (next < 0)
            {
                break; // cut by the end of the block
            }
            at = next;
        }
        if (last)
        {
            End(s);
        }
        Pass(s[..at]);
        return at;
    }

    /// <summary>Counts lines in bytes that are done with.</summary>
    private void Pass(ReadOnlySpan<byte> done)
    {
        _lines += done.Count((byte)'\n');
        int lastLine = done.LastIndexOf((byte)'\n');
        _lineStart = lastLine >= 0 ? _position + lastLine + 1 : _lineStart;
        _position += done.Length;
    }

    private void End(ReadOnlySpan<byte> s)
    {
        string? fault = _inside switch
        {
            Inside.Broken => null,
            Inside.Comment => "a comment that is not closed",
            Inside.CData => "a CDATA section that is not closed",
            Inside.Instruction => "a processing instruction that is not closed",
            _ when _place == Place.Content => $"the element <{OpenName()}> is not closed: the file ends inside it",
            _ when _place == Place.BeforeRoot => "the file ends before any element",
            _ => null,
        };
        if (fault is not null)
        {
            Fault(s, s.Length, fault);
        }
    }

    // Where to go on; -1 where more bytes are needed.
    private int Step(ReadOnlySpan<byte> s, int at, bool last) => _inside switch
    {
        Inside.Comment => InComment(s, at, last),
        Inside.CData => InSection(s, at, last, "]]>"u8),
        Inside.Instruction => InSection(s, at, last, "?>"u8),
        Inside.Broken => InBroken(s, at, last),
        _ => _place == Place.Content ? InContent(s, at, last) : Outside(s, at, last),
    };

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
            return Fault(s, at + dashes, "'--' inside a comment");
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
        int control = s.Slice(at, length).IndexOfAny(ControlBytes);
        if (control < 0)
        {
            return false;
        }
        Fault(s, at + control, ControlMessage(s[at + control]));
        return true;
    }

    // After a fault the rest of the document is passed over; the next one begins with its declaration.
    private int InBroken(ReadOnlySpan<byte> s, int at, bool last)
    {
        int declaration = IndexOfDeclaration(s, at);
        if (declaration < 0)
        {
            return last ? s.Length : s.Length - 6 is var keep && keep > at ? keep : -1;
        }
        _inside = Inside.Nothing;
        Begin();
        return declaration;
    }

    private static int IndexOfDeclaration(ReadOnlySpan<byte> s, int at)
    {
        while (s[at..].IndexOf("<?xml"u8) is >= 0 and int found)
        {
            int behind = at + found + 5;
            if (behind >= s.Length)
            {
                return -1;
            }
            if (IsSpace(s[behind]))
            {
                return at + found;
            }
            at = behind;
        }
        return -1;
    }

    private int Outside(ReadOnlySpan<byte> s, int at, bool last)
    {
        int markup = s[at..].IndexOfAny(NotSpace);
        if (markup < 0)
        {
            return s.Length;
        }
        bool first = _position + at == 0 && markup == 0;
        at += markup;
        if (s[at] != '<')
        {
            return Fault(s, at, _place == Place.AfterRoot ? "text behind the end of the document" : "text before the first element");
        }
        if (s.Length - at < 10 && !last)
        {
            return -1;
        }
        ReadOnlySpan<byte> head = s[at..];
        if (head.StartsWith("<?xml"u8) && head.Length > 5 && IsSpace(head[5]))
        {
            if (_place == Place.AfterRoot)
            {
                Begin();
            }
            else if (!first && (Documents == 0 || _started))
            {
                return Fault(s, at, "an XML declaration that is not at the beginning of the document", resumeAt: at + 5);
            }
            Start();
            _inside = Inside.Instruction;
            return at + 5;
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
            return Instruction(s, at);
        }
        if (head.StartsWith("<!DOCTYPE"u8))
        {
            if (_place == Place.AfterRoot)
            {
                Begin();
            }
            Start();
            return DocumentType(s, at, last);
        }
        if (_place == Place.AfterRoot)
        {
            return Fault(s, at, "a second document without a declaration behind the end of the first");
        }
        Start();
        return head.Length > 1 && IsNameStart(head[1]) ? StartTag(s, at, last) : Fault(s, at, "'<' that begins no markup that may stand here");
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
        if (!_started)
        {
            _started = true;
            Documents++;
        }
    }

    private void Begin()
    {
        (_place, _depth, _started, _expansion, _expansionTold) = (Place.BeforeRoot, 0, false, 0, false);
        if (_entities.IsUsed)
        {
            _entities = new XmlEntities();
        }
    }

    private int Instruction(ReadOnlySpan<byte> s, int at)
    {
        if (at + 2 >= s.Length || !IsNameStart(s[at + 2]))
        {
            return Fault(s, at, "a processing instruction without a name");
        }
        _inside = Inside.Instruction;
        return at + 2;
    }

    private int InContent(ReadOnlySpan<byte> s, int at, bool last)
    {
        int found = s[at..].IndexOfAny(SpecialInText);
        if (found < 0)
        {
            return s.Length;
        }
        at += found;
        switch (s[at])
        {
            case (byte)'<':
                return Markup(s, at, last);
            case (byte)'&':
                return Reference(s, at, last);
            case (byte)']':
                if (s.Length - at < 3)
                {
                    return last ? at + 1 : Cut(at, found);
                }
                return s[at + 1] == ']' && s[at + 2] == '>' ? Fault(s, at, "']]>' outside of a CDATA section") : at + 1;
            default:
                return Fault(s, at, ControlMessage(s[at]));
        }
    }

    // The text before the cut is done with.
    private static int Cut(int at, int passed) => passed > 0 ? at : -1;

    private int Markup(ReadOnlySpan<byte> s, int at, bool last)
    {
        ReadOnlySpan<byte> head = s[at..];
        if (head.Length > 1 && IsNameStart(head[1]))
        {
            return StartTag(s, at, last);
        }
        if (head.Length > 1 && head[1] == '/')
        {
            return EndTag(s, at, last);
        }
        if (head.Length < 10 && !last)
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
        if (head.StartsWith("<?xml"u8) && head.Length > 5 && IsSpace(head[5]))
        {
            // The document broke off, and the next one begins right here.
            return Fault(s, at, $"the element <{OpenName()}> is not closed: the next document begins inside it", resumeAt: at);
        }
        return head.StartsWith("<?"u8) ? Instruction(s, at) : Fault(s, at, "'<' that begins no markup; as text it is written &lt;");
    }

    private int StartTag(ReadOnlySpan<byte> s, int at, bool last)
    {
        int start = at + 1;
        int i = NameEnd(s, start);
        int nameEnd = i;
        Span<Range> names = stackalloc Range[FewAttributes];
        HashSet<string>? manyNames = null;
        int attributes = 0;
        while (true)
        {
            int afterSpace = SkipSpace(s, i);
            if (afterSpace >= s.Length)
            {
                return last ? Fault(s, at, "a tag that is not closed") : -1;
            }
            bool spaced = afterSpace > i;
            i = afterSpace;
            if (s[i] == '>')
            {
                return Open(s, at, start, nameEnd) is { } broken ? broken : i + 1;
            }
            if (s[i] == '/')
            {
                if (i + 1 >= s.Length)
                {
                    return last ? Fault(s, at, "a tag that is not closed") : -1;
                }
                if (s[i + 1] != '>')
                {
                    return Fault(s, i, "'/' inside a tag");
                }
                if (_place == Place.BeforeRoot)
                {
                    _place = Place.AfterRoot;
                }
                return i + 2;
            }
            if (!spaced || !IsNameStart(s[i]))
            {
                return Fault(s, i, $"expected an attribute or the end of the tag <{Text(s[start..nameEnd])}>");
            }
            int attribute = i;
            i = NameEnd(s, i);
            int attributeEnd = i;
            i = SkipSpace(s, i);
            if (i < s.Length && s[i] != '=')
            {
                return Fault(s, i, $"the attribute {Text(s[attribute..attributeEnd])} has no value");
            }
            i = SkipSpace(s, Math.Min(i + 1, s.Length));
            if (i >= s.Length)
            {
                return last ? Fault(s, at, "a tag that is not closed") : -1;
            }
            if (s[i] is not ((byte)'"' or (byte)'\''))
            {
                return Fault(s, i, $"the value of the attribute {Text(s[attribute..attributeEnd])} is not quoted");
            }
            SearchValues<byte> special = s[i] == '"' ? SpecialInDoubleQuotes : SpecialInSingleQuotes;
            byte quote = s[i++];
            while (true)
            {
                int found = s[i..].IndexOfAny(special);
                if (found < 0)
                {
                    return last ? Fault(s, at, "a tag that is not closed") : -1;
                }
                i += found;
                if (s[i] == quote)
                {
                    i++;
                    break;
                }
                if (s[i] != '&')
                {
                    return Fault(s, i, s[i] == '<' ? $"'<' in the value of the attribute {Text(s[attribute..attributeEnd])}" : ControlMessage(s[i]));
                }
                i = Reference(s, i, last);
                if (i < 0 || _inside == Inside.Broken)
                {
                    return i;
                }
            }
            if (!IsNewAttribute(s, attribute..attributeEnd, names, attributes++, ref manyNames))
            {
                return Fault(s, attribute, $"the attribute {Text(s[attribute..attributeEnd])} stands twice in one tag");
            }
        }
    }

    private static bool IsNewAttribute(ReadOnlySpan<byte> s, Range name, Span<Range> few, int count, ref HashSet<string>? many)
    {
        if (count < FewAttributes)
        {
            for (int i = 0; i < count; i++)
            {
                if (s[few[i]].SequenceEqual(s[name]))
                {
                    return false;
                }
            }
            few[count] = name;
            return true;
        }
        if (many is null)
        {
            many = new HashSet<string>(StringComparer.Ordinal);
            foreach (Range known in few)
            {
                many.Add(Encoding.Latin1.GetString(s[known]));
            }
        }
        return many.Add(Encoding.Latin1.GetString(s[name]));
    }

    // Null where all is well.
    private int? Open(ReadOnlySpan<byte> s, int at, int start, int end)
    {
        if (_depth == MaxDepth)
        {
            return Fault(s, at, string.Create(CultureInfo.InvariantCulture, $"elements nested more than {MaxDepth} deep, which is not read"), "xml-limit");
        }
        int from = _depth == 0 ? 0 : _nameStarts[_depth];
        int length = end - start;
        if (from + length > _nameBytes.Length)
        {
            return Fault(s, at, "names of open elements that are too long to be held", "xml-limit");
        }
        s[start..end].CopyTo(_nameBytes.AsSpan(from));
        _depth++;
        _nameStarts[_depth] = from + length;
        _place = Place.Content;
        return null;
    }

    private int EndTag(ReadOnlySpan<byte> s, int at, bool last)
    {
        int end = NameEnd(s, at + 2);
        int close = SkipSpace(s, end);
        if (close >= s.Length)
        {
            return last ? Fault(s, at, "a tag that is not closed") : -1;
        }
        if (s[close] != '>')
        {
            return Fault(s, close, "an end tag with something behind its name");
        }
        if (!s[(at + 2)..end].SequenceEqual(OpenNameBytes()))
        {
            return Fault(s, at, $"</{Text(s[(at + 2)..end])}> where </{OpenName()}> was expected");
        }
        _depth--;
        _place = _depth == 0 ? Place.AfterRoot : Place.Content;
        return close + 1;
    }

    private ReadOnlySpan<byte> OpenNameBytes() => _nameBytes.AsSpan((_depth == 1 ? 0 : _nameStarts[_depth - 1])..(_nameStarts[_depth]));

    private string OpenName() => Text(OpenNameBytes());

    private int Reference(ReadOnlySpan<byte> s, int at, bool last)
    {
        ReadOnlySpan<byte> name = s.Slice(at + 1, Math.Min(MaxReference, s.Length - at - 1));
        int end = name.IndexOf((byte)';');
        int wrong = name.IndexOfAny((byte)' ', (byte)'<', (byte)'\n');
        if (end < 0 || (wrong >= 0 && wrong < end))
        {
            bool cut = wrong < 0 && name.Length < MaxReference && !last;
            return cut ? -1 : Fault(s, at, "'&' that begins no reference; as text it is written &amp;");
        }
        name = name[..end];
        if (name.Length > 0 && name[0] == '#')
        {
            return IsCharacter(name[1..]) ? at + end + 2 : Fault(s, at, $"&{Text(name)}; is no character of XML");
        }
        if (name.SequenceEqual("amp"u8) || name.SequenceEqual("lt"u8) || name.SequenceEqual("gt"u8) || name.SequenceEqual("quot"u8) || name.SequenceEqual("apos"u8))
        {
            return at + end + 2;
        }
        if (name.IsEmpty || !IsNameStart(name[0]) || name.IndexOfAny(EndOfName) >= 0)
        {
            return Fault(s, at, "'&' that begins no reference; as text it is written &amp;");
        }
        return Use(s, at, Text(name)) ?? (at + end + 2);
    }

    private int? Use(ReadOnlySpan<byte> s, int at, string name)
    {
        if (_entities.LengthOf(name) is not { } length)
        {
            if (!_entities.MayBeElsewhere)
            {
                return Fault(s, at, $"the entity &{name}; is not declared");
            }
            if (_undefined.Count < 100)
            {
                _undefined.Add(name);
            }
            return null;
        }
        _expansion = Math.Min(long.MaxValue / 2, _expansion + Math.Min(length, long.MaxValue / 4));
        if (_expansion > MaxExpansion && !_expansionTold)
        {
            _expansionTold = true;
            Tell(s, at, string.Create(CultureInfo.InvariantCulture, $"references to entities, the last one &{name};, that make more than {MaxExpansion:N0} characters of this document; nothing was expanded"), "xml-bomb");
        }
        if (_entities.SystemOf(name) is { } address)
        {
            Tell(s, at, $"the external entity &{name}; at '{address}', which was not opened", "external-entity");
            _entities.Forget(name);
        }
        return null;
    }

    private static bool IsCharacter(ReadOnlySpan<byte> number)
    {
        bool hex = number.Length > 0 && number[0] == 'x';
        string digits = Encoding.Latin1.GetString(hex ? number[1..] : number);
        return int.TryParse(digits, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out int c)
            && c is 9 or 10 or 13 or (>= 0x20 and <= 0xD7FF) or (>= 0xE000 and <= 0xFFFD) or (>= 0x10000 and <= 0x10FFFF);
    }

    private int DocumentType(ReadOnlySpan<byte> s, int at, bool last)
    {
        int end = _entities.ReadDocumentType(s, at, out string? fault);
        return end switch
        {
            >= 0 => end,
            _ when fault is not null => Fault(s, at, fault),
            _ => last ? Fault(s, at, "a document type declaration that is not closed") : -1,
        };
    }

    private static int NameEnd(ReadOnlySpan<byte> s, int at) => s[at..].IndexOfAny(EndOfName) is >= 0 and int found ? at + found : s.Length;

    private static int SkipSpace(ReadOnlySpan<byte> s, int at)
    {
        while (at < s.Length && IsSpace(s[at]))
        {
            at++;
        }
        return at;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Printable.Of(Encoding.UTF8.GetString(bytes.Length > 80 ? bytes[..80] : bytes));

    private static string ControlMessage(byte b) => string.Create(CultureInfo.InvariantCulture, $"the control character U+{(int)b:X4}, which XML does not allow");

    private int Fault(ReadOnlySpan<byte> s, int at, string message, string code = "malformed-xml", int? resumeAt = null)
    {
        Tell(s, at, message, code);
        _inside = Inside.Broken;
        return resumeAt ?? Math.Min(at + 1, s.Length);
    }

    private void Tell(ReadOnlySpan<byte> s, int at, string message, string code)
    {
        FaultCount++;
        if (_faults.Count < ToldFaults)
        {
            ReadOnlySpan<byte> before = s[..at];
            long line = _lines + before.Count((byte)'\n') + 1;
            int lastLine = before.LastIndexOf((byte)'\n');
            long column = _position + at - (lastLine >= 0 ? _position + lastLine + 1 : _lineStart) + 1;
            _faults.Add(new XmlFault(code, line, column, message));
        }
    }
}

/// <summary>Something wrong in an XML file.</summary>
/// <param name="Code">The kind of finding.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Byte of that line in UTF-8, from 1.</param>
/// <param name="Message">What is there.</param>
internal readonly record struct XmlFault(string Code, long Line, long Column, string Message);
