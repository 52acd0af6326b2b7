using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.IO.Hashing;
using OpenData.Format;

namespace OpenData.Server.Packaging.Inspection;

/// <summary>
/// Looks into zip and gzip files of a delivery, far enough to tell whether they open, and no further: never deeper than <see cref="MaxDepth"/>
/// archives, never more than <see cref="UnpackedBudget"/> bytes for one delivered file, whatever they promise. They are carried as they came.
/// </summary>
internal sealed class NestedArchives
{
    /// <summary>Archives inside each other that are opened.</summary>
    public const int MaxDepth = 3;

    /// <summary>Bytes unpacked for one delivered file, at most.</summary>
    public const int UnpackedBudget = 8 * 1024 * 1024;

    /// <summary>Entries of one archive that are looked at.</summary>
    public const int MaxEntries = 100_000;

    /// <summary>An archive that opens to more than this, and to more than <see cref="BombRatio"/> times its size, is named.</summary>
    public const long BombBytes = 256L << 20;

    /// <summary>See <see cref="BombBytes"/>.</summary>
    public const int BombRatio = 100;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private long _budget;
    private Action<Severity, string, string> _report = (_, _, _) => { };

    /// <summary>Looks into a delivered zip or gzip file.</summary>
    /// <param name="archive">The whole file, from the beginning.</param>
    /// <param name="length">Its length.</param>
    /// <param name="isZip">True for zip, false for gzip.</param>
    /// <param name="report">Takes what is wrong: severity, code, message.</param>
    public void Inspect(byte[] archive, int length, bool isZip, Action<Severity, string, string> report)
    {
        _budget = UnpackedBudget;
        _report = report;
        if (isZip)
        {
            OpenZip(archive, 0, length, before: 0, depth: 1, "it");
        }
        else
        {
            OpenGzip(archive, 0, length, depth: 1, "it");
        }
        _report = (_, _, _) => { };
    }

    /// <summary>Looks at the end of a zip file that is too large to be held: its directory, where that lies inside the end.</summary>
    /// <param name="end">The last bytes.</param>
    /// <param name="length">The whole file's length.</param>
    /// <param name="report">Takes what is wrong.</param>
    public void InspectEnd(byte[] end, long length, Action<Severity, string, string> report)
    {
        (_budget, _report) = (0, report);
        OpenZip(end, 0, end.Length, length - end.Length, depth: 1, "it");
        _report = (_, _, _) => { };
    }

    private void Open(byte[] data, int start, int length, int depth, string what)
    {
        switch (MediaFormats.Of(data.AsSpan(start, length)))
        {
            case MediaFormat.Zip:
                OpenZip(data, start, length, before: 0, depth, what);
                break;
            case MediaFormat.Gzip:
                OpenGzip(data, start, length, depth, what);
                break;
        }
    }

    private bool TooDeep(int depth, string what)
    {
        if (depth <= MaxDepth)
        {
            return false;
        }
        _report(Severity.Warning, "nested-too-deep", string.Create(CultureInfo.InvariantCulture, $"{what} is an archive inside {MaxDepth} others; it is carried and was not opened"));
        return true;
    }

    private void OpenGzip(byte[] data, int start, int length, int depth, string what)
    {
        if (TooDeep(depth, what))
        {
            return;
        }
        try
        {
            using GZipStream gzip = new(new MemoryStream(data, start, length, writable: false), CompressionMode.Decompress);
            (byte[]? content, int got, bool whole) = Unpack(gzip);
            if (!whole)
            {
                if (got > (long)length * BombRatio)
                {
                    _report(Severity.Warning, "archive-bomb", string.Create(CultureInfo.InvariantCulture, $"{what} opens to more than {BombRatio} times its {length:N0} bytes; it is carried and was opened no further"));
                }
                return;
            }
            uint listed = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(start + length - 4));
            if (length < 18 || (listed != (uint)got && IsSingleMember(data.AsSpan(start, length))))
            {
                _report(Severity.Error, "broken-archive", string.Create(CultureInfo.InvariantCulture, $"{what} is gzip that ends early: {got:N0} bytes came out and {listed:N0} were expected"));
            }
            if (content is not null)
            {
                Open(content, 0, got, depth + 1, $"the content of {what}");
            }
        }
        catch (InvalidDataException broken)
        {
            _report(Severity.Error, "broken-archive", $"{what} is gzip that does not open: {broken.Message.TrimEnd('.')}");
        }
    }

    private static bool IsSingleMember(ReadOnlySpan<byte> gzip) => gzip[1..].IndexOf((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08]) < 0;

    /// <summary>Unpacks while the budget lasts.</summary>
    private (byte[]? Content, int Length, bool Whole) Unpack(Stream packed, Crc32? crc = null)
    {
        // Kept only for what may be an archive itself.
        MemoryStream? kept = null;
        int total = 0;
        while (true)
        {
            int read = packed.ReadAtLeast(_buffer, _buffer.Length, throwOnEndOfStream: false);
            if (total == 0 && MediaFormats.Of(_buffer.AsSpan(0, read)) is MediaFormat.Zip or MediaFormat.Gzip)
            {
                kept = new MemoryStream();
            }
            crc?.Append(_buffer.AsSpan(0, read));
            kept?.Write(_buffer, 0, read);
            total += read;
            _budget -= read;
            if (read < _buffer.Length)
            {
                return (kept?.GetBuffer(), total, true);
            }
            if (_budget <= 0)
            {
                return (null, total, false);
            }
        }
    }

    private void OpenZip(byte[] data, int start, int length, long before, int depth, string what)
    {
        if (TooDeep(depth, what))
        {
            return;
        }
        ReadOnlySpan<byte> zip = data.AsSpan(start, length);
        if (NestedZipEnd.Find(zip, before) is not { } end)
        {
            _report(Severity.Error, "broken-archive", $"{what} is a zip without the record that ends its directory: it was cut off, or its comment is broken");
            return;
        }
        if (end.IsPart)
        {
            _report(Severity.Warning, "broken-archive", $"{what} is one part of a zip over several files, which does not open by itself");
            return;
        }
        long directoryAt = end.DirectoryEnd - end.DirectoryBytes;
        if (directoryAt < 0)
        {
            if (before > 0 && directoryAt + before >= 0)
            {
                _report(Severity.Note, "archive-not-read", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip whose directory of {end.DirectoryBytes:N0} bytes is too large to be held; only its end was looked at"));
            }
            else
            {
                _report(Severity.Error, "broken-archive", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip whose directory of {end.DirectoryBytes:N0} bytes cannot lie inside its {length + before:N0} bytes"));
            }
            return;
        }
        long shift = directoryAt + before - end.ListedAt;
        if (shift < 0 || (end.ListedAt <= length && shift > 0 && before == 0 && NestedZipEnd.IsDirectory(zip, end.ListedAt)))
        {
            _report(Severity.Error, "broken-archive", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip whose directory begins at byte {directoryAt + before:N0}; its end says {end.ListedAt:N0}"));
            return;
        }
        if (shift > 0)
        {
            _report(Severity.Note, "odd-archive", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip with {shift:N0} bytes of something else before it"));
        }
        if (end.End < length)
        {
            _report(Severity.Note, "odd-archive", $"{what} is a zip with something else behind it");
        }
        ReadDirectory(data, start, length, before, directoryAt, end, shift, depth, what);
    }

    private void ReadDirectory(byte[] data, int start, int length, long before, long directoryAt, NestedZipEnd end, long shift, int depth, string what)
    {
        ReadOnlySpan<byte> zip = data.AsSpan(start, length);
        int at = (int)directoryAt;
        long found = 0;
        long packed = 0;
        Int128 unpacked = 0;
        int told = 0;
        while (at + 46 <= end.DirectoryEnd && zip[at..].StartsWith("PK\u0001\u0002"u8))
        {
            if (++found > MaxEntries)
            {
                _report(Severity.Note, "archive-not-read", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip of {end.Entries:N0} entries; the first {MaxEntries:N0} were looked at"));
                break;
            }
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(zip[(at + 28)..]);
            int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(zip[(at + 30)..]);
            int next = at + 46 + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(zip[(at + 32)..]);
            if (next > end.DirectoryEnd)
            {
                break;
            }
            NestedEntry entry = NestedEntry.Read(zip.Slice(at, next - at), nameLength, extraLength);
            packed += Math.Clamp(entry.Packed, 0, length + before);
            unpacked += Math.Max(0, entry.Unpacked);
            if (told < 10 && Judge(data, start, length, before, zip.Slice(at + 46, nameLength), entry, shift, directoryAt, depth, what))
            {
                told++;
            }
            at = next;
        }
        if (found <= MaxEntries && (found != end.Entries && (end.Entries != 0xFFFF || (found & 0xFFFF) != end.Entries) || at != end.DirectoryEnd))
        {
            _report(Severity.Error, "broken-archive", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip whose directory lists {end.Entries:N0} entries; {found:N0} can be read"));
        }
        if (unpacked > BombBytes && unpacked > (Int128)(length + before) * BombRatio)
        {
            _report(Severity.Warning, "archive-bomb", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip of {length + before:N0} bytes that says it opens to {unpacked:N0}; it is carried and was not opened"));
        }
        else if (packed > length + before)
        {
            _report(Severity.Warning, "archive-bomb", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip of {length + before:N0} bytes whose entries overlap: together they say they take {packed:N0}"));
        }
    }

    // True where something was told.
    private bool Judge(byte[] data, int start, int length, long before, ReadOnlySpan<byte> rawName, NestedEntry entry, long shift, long directoryAt, int depth, string what)
    {
        string name = Printable.Of(entry.Name);
        if (EntryName.Fault(entry.Name.TrimEnd('/')) is { } fault)
        {
            _report(Severity.Warning, "hostile-nested-name", $"{what} is a zip with an entry '{name}': {fault}");
            return true;
        }
        if (entry.IsLink)
        {
            _report(Severity.Warning, "nested-link", $"{what} is a zip in which '{name}' is a symbolic link or a device");
            return true;
        }
        long header = entry.At + shift - before;
        if (before > 0 && header < 0)
        {
            return false; // it lies in what is no longer held
        }
        ReadOnlySpan<byte> zip = data.AsSpan(start, length);
        if (header < 0 || header + 30 > directoryAt || !zip[(int)header..].StartsWith("PK\u0003\u0004"u8))
        {
            return Broken($"there is no entry where the directory says '{name}' is, at byte {entry.At.ToString("N0", CultureInfo.InvariantCulture)}");
        }
        long content = header + 30 + BinaryPrimitives.ReadUInt16LittleEndian(zip[(int)(header + 26)..]) + BinaryPrimitives.ReadUInt16LittleEndian(zip[(int)(header + 28)..]);
        if (entry.Packed < 0 || entry.Packed > length || content + entry.Packed > directoryAt)
        {
            return Broken(string.Create(CultureInfo.InvariantCulture, $"the entry '{name}' of {entry.Packed:N0} bytes does not fit before the directory"));
        }
        int localName = BinaryPrimitives.ReadUInt16LittleEndian(zip[(int)(header + 26)..]);
        if (header + 30 + localName > directoryAt || !zip.Slice((int)header + 30, localName).SequenceEqual(rawName))
        {
            _report(Severity.Warning, "odd-archive", $"{what} is a zip in which '{name}' has another name before its data: readers will not agree on it");
            return true;
        }
        if (entry.IsEncrypted)
        {
            _report(Severity.Warning, "encrypted-archive", $"{what} is a zip in which '{name}' is encrypted");
            return true;
        }
        if (entry.Method is not (0 or 8))
        {
            _report(Severity.Note, "archive-not-read", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip in which '{name}' is compressed by method {entry.Method}, which was not opened; many readers know only 0 and 8"));
            return true;
        }
        return _budget > 0 && entry.Unpacked <= _budget && Unpack(data, start + (int)content, entry, name, depth, what);

        bool Broken(string why)
        {
            _report(Severity.Error, "broken-archive", $"{what} is a zip that does not open: {why}");
            return true;
        }
    }

    private bool Unpack(byte[] data, int at, NestedEntry entry, string name, int depth, string what)
    {
        try
        {
            using MemoryStream packed = new(data, at, (int)entry.Packed, writable: false);
            using Stream stream = entry.Method == 0 ? packed : new DeflateStream(packed, CompressionMode.Decompress);
            Crc32 crc = new();
            (byte[]? content, int got, bool whole) = Unpack(stream, crc);
            if (!whole)
            {
                _report(Severity.Warning, "archive-bomb", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip in which '{name}' opens to more than the {entry.Unpacked:N0} bytes that it says; it was opened no further"));
                return true;
            }
            if (got != entry.Unpacked || crc.GetCurrentHashAsUInt32() != entry.Crc32)
            {
                _report(Severity.Error, "broken-archive", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip in which '{name}' is damaged: {got:N0} bytes came out with CRC-32 {crc.GetCurrentHashAsUInt32():x8}, expected {entry.Unpacked:N0} with {entry.Crc32:x8}"));
                return true;
            }
            if (content is not null)
            {
                Open(content, 0, got, depth + 1, $"'{name}' in {what}");
            }
            return false;
        }
        catch (InvalidDataException broken)
        {
            _report(Severity.Error, "broken-archive", $"{what} is a zip in which '{name}' cannot be unpacked: {broken.Message.TrimEnd('.')}");
            return true;
        }
    }
}
