using System.Text;

namespace OpenData.Server.Packaging;

/// <summary>
/// Names and sizes of the files of a delivery in the order of the archive: by name, in byte order of UTF-8. A million entries take little
/// more than the bytes of their names.
/// </summary>
internal sealed class EntryTable
{
    // Names and rows in chunks, so that the table grows without copying; no name is split.
    private const int ChunkLength = 1 << 20;
    private const int RowsInChunk = 1 << 16;

    private readonly List<byte[]> _names = [];
    private readonly List<Row[]> _rows = [];
    private int _used = ChunkLength;
    private int[] _order = [];

    /// <summary>Entries in the table.</summary>
    public int Count { get; private set; }

    /// <summary>Takes an entry.</summary>
    public void Add(string name, long size)
    {
        int length = Encoding.UTF8.GetByteCount(name);
        if (_used + length > ChunkLength)
        {
            _names.Add(GC.AllocateUninitializedArray<byte>(ChunkLength));
            _used = 0;
        }
        Encoding.UTF8.GetBytes(name, _names[^1].AsSpan(_used));
        if (Count % RowsInChunk == 0)
        {
            _rows.Add(new Row[Count == 0 ? 256 : RowsInChunk]);
        }
        else if (Count == _rows[0].Length && Count < RowsInChunk)
        {
            _rows[0] = [.. _rows[0], .. new Row[Math.Min(Count, RowsInChunk - Count)]];
        }
        _rows[^1][Count++ % RowsInChunk] = new Row(size, _names.Count - 1, _used, length);
        _used += length;
    }

    /// <summary>Sorts by name; call once, when all are there.</summary>
    public void Sort()
    {
        _order = new int[Count];
        for (int i = 0; i < _order.Length; i++)
        {
            _order[i] = i;
        }
        _order.AsSpan().Sort((a, b) => Name(Listed(a)).SequenceCompareTo(Name(Listed(b))));
    }

    /// <summary>An entry's name in UTF-8.</summary>
    public ReadOnlySpan<byte> NameUtf8(int index) => Name(Listed(_order[index]));

    /// <summary>An entry's name.</summary>
    public string Name(int index) => Encoding.UTF8.GetString(NameUtf8(index));

    /// <summary>An entry's bytes as listed.</summary>
    public long Size(int index) => Listed(_order[index]).Size;

    private ref readonly Row Listed(int index) => ref _rows[index / RowsInChunk][index % RowsInChunk];

    private ReadOnlySpan<byte> Name(in Row row) => _names[row.Chunk].AsSpan(row.Start, row.Length);

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
