using System.Buffers.Text;

namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>
/// References to characters and entities (XML 1.0, 4.1) in one document after the other. What an entity would make of the document is counted
/// and never made; what it is at an address is never opened.
/// </summary>
internal sealed class XmlReferences(XmlFaults faults)
{
    /// <summary>Internal entities must not make more characters than this out of a document.</summary>
    public const long MaxExpansion = 10_000_000;

    private const int MaxLength = 512;
    private const int MostUndefined = 100;

    private readonly HashSet<string> _undefined = new(StringComparer.Ordinal);
    private XmlEntities _entities = new();
    private long _expansion;
    private bool _expansionTold;

    /// <summary>Entities that are used and not declared in what was read, in a document that names a DTD: it may declare them. The first hundred of the file.</summary>
    public IReadOnlyCollection<string> Undefined => _undefined;

    /// <summary>What the document declares.</summary>
    public XmlEntities Entities => _entities;

    /// <summary>Begins a file.</summary>
    public void Reset()
    {
        _undefined.Clear();
        BeginDocument();
    }

    /// <summary>Begins a document of the file.</summary>
    public void BeginDocument()
    {
        (_expansion, _expansionTold) = (0, false);
        if (_entities.IsTouched)
        {
            _entities = new XmlEntities();
        }
    }

    /// <summary>Looks at a reference.</summary>
    /// <param name="s">Where it stands.</param>
    /// <param name="at">Its <c>&amp;</c>.</param>
    public Scanned Check(ReadOnlySpan<byte> s, int at)
    {
        ReadOnlySpan<byte> name = s.Slice(at + 1, Math.Min(MaxLength, s.Length - at - 1));
        int end = name.IndexOf((byte)';');
        int wrong = (end < 0 ? name : name[..end]).IndexOfAny((byte)' ', (byte)'<', (byte)'\n');
        if (end < 0 || wrong >= 0)
        {
            return wrong < 0 && name.Length < MaxLength ? Scanned.CutOff : NoReference(at);
        }
        name = name[..end];
        Scanned good = new(at + end + 2);
        if (name.Length > 0 && name[0] == '#')
        {
            return IsCharacter(name[1..]) ? good : new Scanned(at, Phrases.NoCharacter.With(XmlBytes.Text(name)));
        }
        if (name.SequenceEqual("amp"u8) || name.SequenceEqual("lt"u8) || name.SequenceEqual("gt"u8) || name.SequenceEqual("quot"u8) || name.SequenceEqual("apos"u8))
        {
            return good;
        }
        if (!XmlBytes.IsName(name))
        {
            return NoReference(at);
        }
        return Use(s, at, XmlBytes.Text(name)) is { } fault ? new Scanned(at, fault) : good;
    }

    /// <summary>True for what may stand in the declaration of an entity in the internal subset (XML 1.0, 2.3 and 4.4): whole references, and no <c>%</c>.</summary>
    public static bool IsEntityValue(ReadOnlySpan<byte> literal)
    {
        if (literal.Contains((byte)'%'))
        {
            return false;
        }
        while (literal.IndexOf((byte)'&') is >= 0 and int at)
        {
            literal = literal[(at + 1)..];
            int end = literal.IndexOf((byte)';');
            if (end <= 0 || !(literal[0] == '#' ? IsCharacter(literal[1..end]) : XmlBytes.IsName(literal[..end])))
            {
                return false;
            }
            literal = literal[(end + 1)..];
        }
        return true;
    }

    private static Scanned NoReference(int at) => new(at, Phrases.NoReference);

    // What is wrong, or null.
    private Sentence? Use(ReadOnlySpan<byte> s, int at, string name)
    {
        if (_entities.LengthOf(name) is not { } length)
        {
            if (!_entities.MayBeElsewhere)
            {
                return Phrases.EntityNotDeclared.With(name);
            }
            if (_undefined.Count < MostUndefined)
            {
                _undefined.Add(name);
            }
            return null;
        }
        _expansion = Math.Min(long.MaxValue / 2, _expansion + Math.Min(length, long.MaxValue / 4));
        if (_expansion > MaxExpansion && !_expansionTold)
        {
            _expansionTold = true;
            faults.Tell(s, at, Phrases.EntitiesUnfold.With(name, MaxExpansion), "xml-bomb");
        }
        if (_entities.SystemOf(name) is { } address)
        {
            faults.Tell(s, at, Phrases.EntityOutside.With(name, address), "external-entity");
            _entities.Forget(name);
        }
        return null;
    }

    private static bool IsCharacter(ReadOnlySpan<byte> number)
    {
        bool isHex = number.Length > 0 && number[0] == 'x';
        ReadOnlySpan<byte> digits = (isHex ? number[1..] : number).TrimStart((byte)'0');
        return (isHex ? Utf8Parser.TryParse(digits, out uint c, out int used, 'x') : Utf8Parser.TryParse(digits, out c, out used))
            && used == digits.Length && digits[0] != '+'
            && c is 9 or 10 or 13 or (>= 0x20 and <= 0xD7FF) or (>= 0xE000 and <= 0xFFFD) or (>= 0x10000 and <= 0x10FFFF);
    }
}
