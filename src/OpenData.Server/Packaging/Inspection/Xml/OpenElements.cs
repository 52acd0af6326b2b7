namespace OpenData.Server.Packaging.Inspection.Xml;

/// <summary>The names of the elements that are open, the outermost first. Takes a fixed memory however deep a document goes.</summary>
internal sealed class OpenElements
{
    /// <summary>Elements may be nested this deep.</summary>
    public const int MaxDepth = 256;

    /// <summary>All their names together may have so many bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly int[] _ends = new int[MaxDepth + 1];
    private readonly byte[] _names = new byte[MaxBytes];

    /// <summary>How many are open.</summary>
    public int Depth { get; private set; }

    /// <summary>The name of the innermost one.</summary>
    public ReadOnlySpan<byte> Innermost => _names.AsSpan(_ends[Depth - 1].._ends[Depth]);

    /// <summary>Opens one; false where there is no room for it.</summary>
    public bool TryOpen(ReadOnlySpan<byte> name)
    {
        int start = _ends[Depth];
        if (Depth == MaxDepth || !name.TryCopyTo(_names.AsSpan(start)))
        {
            return false;
        }
        _ends[++Depth] = start + name.Length;
        return true;
    }

    /// <summary>Closes the innermost one.</summary>
    public void Close() => Depth--;

    /// <summary>Forgets all.</summary>
    public void Clear() => Depth = 0;
}
