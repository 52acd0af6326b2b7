using System.Text;

namespace OpenData.Server.Packaging.Inspection;

/// <summary>
/// The general entities that a document's internal subset declares (XML 1.0, 4.2): how long each would be if it were expanded, which nobody
/// does here. Reads the document type declaration; the first declaration of a name counts.
/// </summary>
internal sealed class XmlEntities
{
    private const int MaxNesting = 64;
    private const long Endless = long.MaxValue / 8;

    private readonly Dictionary<string, Entity> _declared = new(StringComparer.Ordinal);

    /// <summary>True once a document type declaration was read.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>True where an external subset or a parameter entity may declare what is not found here: neither is read.</summary>
    public bool MayBeElsewhere { get; private set; }

    /// <summary>Characters that a reference to the entity makes, or null where it is not declared. One that contains itself is endless.</summary>
    public long? LengthOf(string name) => _declared.TryGetValue(name, out Entity? entity) ? Expand(entity, 0) : null;

    /// <summary>The address of an external entity, or null.</summary>
    public string? SystemOf(string name) => _declared.GetValueOrDefault(name)?.System;

    /// <summary>Makes an external entity an empty one, once it was told.</summary>
    public void Forget(string name) => _declared[name] = new Entity(0, []);

    /// <summary>Reads <c>&lt;!DOCTYPE … &gt;</c>; returns where it ends, or -1 where it is cut off or, with a fault, broken.</summary>
    public int ReadDocumentType(ReadOnlySpan<byte> s, int at, out string? fault)
    {
        fault = null;
        IsUsed = true;
        int i = at + "<!DOCTYPE".Length;
        if (i < s.Length && !IsSpace(s[i]))
        {
            fault = "a document type declaration without a space before its name";
            return -1;
        }
        while (i < s.Length)
        {
            switch (s[i])
            {
                case (byte)'"' or (byte)'\'':
                    MayBeElsewhere = true;
                    int quoted = s[(i + 1)..].IndexOf(s[i]);
                    if (quoted < 0)
                    {
                        return -1;
                    }
                    i += quoted + 2;
                    break;
                case (byte)'[':
                    i = ReadSubset(s, i + 1, out fault);
                    if (i < 0)
                    {
                        return -1;
                    }
                    break;
                case (byte)'>':
                    return i + 1;
                case (byte)'<':
                    fault = "'<' inside a document type declaration";
                    return -1;
                default:
                    i++;
                    break;
            }
        }
        return -1;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private int ReadSubset(ReadOnlySpan<byte> s, int i, out string? fault)
    {
        fault = null;
        while (i < s.Length)
        {
            ReadOnlySpan<byte> rest = s[i..];
            int length;
            if (rest[0] == ']')
            {
                return i + 1;
            }
            if (rest.StartsWith("<!--"u8))
            {
                length = LengthTo(rest, 4, "-->"u8);
            }
            else if (rest.StartsWith("<?"u8))
            {
                length = LengthTo(rest, 2, "?>"u8);
            }
            else if (rest.StartsWith("<!"u8))
            {
                length = DeclarationLength(rest);
                if (length > 0 && rest.StartsWith("<!ENTITY"u8))
                {
                    Declare(Encoding.UTF8.GetString(rest[8..(length - 1)]));
                }
            }
            else if (rest[0] == '<')
            {
                fault = rest.Length > 1 ? "'<' that begins no declaration in the document type declaration" : null;
                return -1;
            }
            else
            {
                MayBeElsewhere |= rest[0] == '%';
                length = 1;
            }
            if (length < 0)
            {
                return -1;
            }
            i += length;
        }
        return -1;
    }

    private static int LengthTo(ReadOnlySpan<byte> s, int from, ReadOnlySpan<byte> end)
    {
        int found = s[from..].IndexOf(end);
        return found < 0 ? -1 : from + found + end.Length;
    }

    private static int DeclarationLength(ReadOnlySpan<byte> s)
    {
        for (int i = 2; i < s.Length; i++)
        {
            if (s[i] == '>')
            {
                return i + 1;
            }
            if (s[i] is (byte)'"' or (byte)'\'')
            {
                int quoted = s[(i + 1)..].IndexOf(s[i]);
                if (quoted < 0)
                {
                    return -1;
                }
                i += quoted + 1;
            }
        }
        return -1;
    }

    // name "value" | name SYSTEM "address" | name PUBLIC "id" "address" | … NDATA notation. Parameter entities declare nothing that is used here.
    private void Declare(string declaration)
    {
        string text = declaration.Trim();
        int nameEnd = text.AsSpan().IndexOfAny(' ', '\t', '\n');
        if (text.StartsWith('%') || nameEnd < 0)
        {
            return;
        }
        string name = text[..nameEnd];
        string value = text[nameEnd..].Trim();
        if (value.Length > 1 && value[0] is '"' or '\'')
        {
            string literal = value[1..^1];
            _declared.TryAdd(name, new Entity(literal.Length, References(literal)));
            return;
        }
        char quote = value.EndsWith('\'') ? '\'' : '"';
        int addressEnd = value.LastIndexOf(quote);
        int address = addressEnd > 0 ? value.LastIndexOf(quote, addressEnd - 1) : -1;
        bool unparsed = addressEnd >= 0 && value[(addressEnd + 1)..].Contains("NDATA", StringComparison.Ordinal);
        string? system = address >= 0 && !unparsed ? Printable.Of(value[(address + 1)..addressEnd]) : null;
        _declared.TryAdd(name, new Entity(0, []) { System = system });
    }

    private static string[] References(string literal)
    {
        List<string> names = [];
        for (int at = literal.IndexOf('&', StringComparison.Ordinal); at >= 0; at = literal.IndexOf('&', at + 1))
        {
            int end = literal.IndexOf(';', at);
            if (end > at + 1 && literal[at + 1] != '#')
            {
                names.Add(literal[(at + 1)..end]);
            }
        }
        return [.. names];
    }

    private long Expand(Entity entity, int nesting)
    {
        if (entity.Expanded is { } known)
        {
            return known;
        }
        if (nesting > MaxNesting)
        {
            return Endless;
        }
        entity.Expanded = Endless; // what it is if it comes by itself again
        long length = entity.Literal;
        foreach (string name in entity.References)
        {
            length = Math.Min(Endless, length + (_declared.TryGetValue(name, out Entity? inner) ? Expand(inner, nesting + 1) : 0));
        }
        entity.Expanded = length;
        return length;
    }

    private sealed class Entity(long literal, string[] references)
    {
        public long Literal => literal;

        public string[] References => references;

        public string? System { get; init; }

        public long? Expanded { get; set; }
    }
}
