using System.Text;

namespace OpenData.Server.Packaging;

/// <summary>
/// Names and sizes of the files of a delivery in the order of the archive: by name, in byte order of UTF-8. A million entries take little
/// more than the bytes of their names.
/// </summary>
internal sealed class EntryTable
{
    // Names in chunks, so that the table grows without copying; no name is split.
    private const int ChunkLength = 1 << 20;

    private readonly List<byte[]> _chunks = [];
    private int _used = ChunkLength;
    private Row[] _rows = [];

    /// <summary>Entries in the table.</summary>
    public int Count { get; private set; }

    /// <summary>Takes an entry.</summary>
    public void Add(string name, long size)
    {
        int length = Encoding.UTF8.GetByteCount(name);
        if (_used + length > ChunkLength)
        {
            _chunks.Add(GC.AllocateUninitializedArray<byte>(ChunkLength));
            _used = 0;
        }
        Encoding.UTF8.GetBytes(name, _chunks[^1].AsSpan(_used));
        if (Count == _rows.Length)
        {
            Array.Resize(ref _rows, Math.Max(256, _rows.Length + _rows.Length / 2));
        }
        _rows[Count++] = new Row(size, _chunks.Count - 1, _used, length);
        _used += length;
    }

    /// <summary>Sorts by name; call once, when all are there.</summary>
    public void Sort() => _rows.AsSpan(0, Count).Sort((a, b) => Name(a).SequenceCompareTo(Name(b)));

    /// <summary>An entry's name in UTF-8.</summary>
    public ReadOnlySpan<byte> NameUtf8(int index) => Name(_rows[index]);

    /// <summary>An entry's name.</summary>
    public string Name(int index) => Encoding.UTF8.GetString(NameUtf8(index));

    /// <summary>An entry's bytes as listed.</summary>
    public long Size(int index) => _rows[index].Size;

    private ReadOnlySpan<byte> Name(in Row row) => _chunks[row.Chunk].AsSpan(row.Start, row.Length);

    private readonly struct Row(long size, int chunk, int start, int length)
    {
        private readonly uint _place = (uint)start << 12 | (uint)length - 1;
        private readonly int _chunk = chunk;

        public long Size => size;

        public int Chunk => _chunk;

        public int Start => (int)(_place >> 12);

        public int Length => (int)(_place & 0xFFF) + 1;
    }
}
