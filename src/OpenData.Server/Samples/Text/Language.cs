namespace OpenData.Server.Samples.Text;

/// <summary>The words of one language from which samples are written. Nothing of it is taken from real documents.</summary>
internal sealed record Language
{
    /// <summary>ISO 639-1.</summary>
    public required string Code { get; init; }

    /// <summary>Things: <c>{N}</c> in patterns.</summary>
    public required string[] Nouns { get; init; }

    /// <summary>What the things do to one another: <c>{V}</c>.</summary>
    public required string[] Verbs { get; init; }

    /// <summary>How the things are: <c>{A}</c>.</summary>
    public required string[] Adjectives { get; init; }

    /// <summary>What is measured of the things: <c>{P}</c>.</summary>
    public required string[] Properties { get; init; }

    /// <summary>Where the things are: <c>{L}</c>.</summary>
    public required string[] Places { get; init; }

    /// <summary>In what manner: <c>{M}</c>.</summary>
    public required string[] Manners { get; init; }

    /// <summary>Clauses that stand alone, with <c>{#}</c> for a number and <c>{C}</c> for a count.</summary>
    public required string[] Clauses { get; init; }

    /// <summary>Predicates that follow a thing named by the document.</summary>
    public required string[] Predicates { get; init; }

    /// <summary>Beginnings of sentences.</summary>
    public required string[] Openers { get; init; }

    /// <summary>Between clauses, between features of a claim, and after the last.</summary>
    public required (string Comma, string Semicolon, string Stop) Marks { get; init; }

    /// <summary>Before a thing that the document names, and around its reference numeral: <c>the </c>housing<c> (</c>11<c>) </c>.</summary>
    public required (string Before, string Open, string Close) Term { get; init; }

    /// <summary>Titles, as patterns.</summary>
    public required string[] Titles { get; init; }

    /// <summary>First parts of names of firms.</summary>
    public required string[] Firms { get; init; }

    /// <summary>How names of firms end.</summary>
    public required string[] FirmEndings { get; init; }

    /// <summary>Family names.</summary>
    public required string[] Families { get; init; }

    /// <summary>Given names.</summary>
    public required string[] Given { get; init; }

    /// <summary>Between family and given name.</summary>
    public required string NameGap { get; init; }

    /// <summary>Towns, with what stands before them in addresses.</summary>
    public required string[] Towns { get; init; }

    /// <summary>Streets; <c>{#}</c> is the house number.</summary>
    public required string[] Streets { get; init; }

    /// <summary>How claims begin that depend on another: <c>{#}</c> is its number.</summary>
    public required string Dependent { get; init; }

    /// <summary>Between what is claimed and its features.</summary>
    public required string Characterized { get; init; }
}
