using System.CommandLine;

namespace OpenData.Mirror.Commands;

/// <summary>A command with examples, which are what most readers of its help look for.</summary>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    public IReadOnlyList<(string Line, string Meaning)> Examples { get; set; } = [];
}
