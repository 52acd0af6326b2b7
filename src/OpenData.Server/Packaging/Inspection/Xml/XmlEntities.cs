namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>
/// The general entities that a document's internal subset declares (XML 1.0, 4.2): how long each would be if it were expanded, which nobody
/// does here. The first declaration of a name counts.
/// </summary>
internal sealed class XmlEntities
{
    private const int MaxNesting = 64;
    private const long Endless = long.MaxValue / 8;

    private readonly Dictionary<string, Entity> _declared = new(StringComparer.Ordinal);

    /// <summary>True once a document type declaration was begun.</summary>
    public bool IsTouched { get; set; }

    /// <summary>True once a document type declaration was read to its end.</summary>
    public bool IsRead { get; set; }

    /// <summary>True where an external subset or a parameter entity may declare what is not found here: neither is read.</summary>
    public bool MayBeElsewhere { get; set; }

    /// <summary>Characters that a reference to the entity makes, or null where it is not declared. One that contains itself is endless.</summary>
    public long? LengthOf(string name) => _declared.TryGetValue(name, out Entity? entity) ? Expand(entity, 0) : null;

    /// <summary>The address of an external entity, or null.</summary>
    public string? SystemOf(string name) => _declared.GetValueOrDefault(name)?.System;

    /// <summary>Makes an external entity an empty one, once it was told.</summary>
    public void Forget(string name) => _declared[name] = new Entity(0, []);

    /// <summary>Takes an internal entity.</summary>
    public void DeclareInternal(string name, string literal) => _declared.TryAdd(name, new Entity(literal.Length, References(literal)));

    /// <summary>Takes an entity that is somewhere else: at an address to be told, or an unparsed one without.</summary>
    public void DeclareExternal(string name, string? address) => _declared.TryAdd(name, new Entity(0, []) { System = address });

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
