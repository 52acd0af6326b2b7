using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using System.Text.Unicode;
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

    private const int EndLength = 22;
    private const int MaxComment = 65535;

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
        if (FindEnd(zip) is not { } end)
        {
            _report(Severity.Error, "broken-archive", $"{what} is a zip without the record that ends its directory: it was cut off, or its comment is broken");
            return;
        }
        (long entries, long directoryBytes, long listedAt, int endAt) = ReadEnd(zip, end, before);
        if (BinaryPrimitives.ReadUInt16LittleEndian(zip[(end + 4)..]) is not (0 or 0xFFFF))
        {
            _report(Severity.Warning, "broken-archive", $"{what} is one part of a zip over several files, which does not open by itself");
            return;
        }
        long directoryAt = endAt - directoryBytes;
        if (directoryAt < 0)
        {
            if (before > 0 && directoryAt + before >= 0)
            {
                _report(Severity.Note, "archive-not-read", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip whose directory of {directoryBytes:N0} bytes is too large to be held; only its end was looked at"));
            }
            else
            {
                _report(Severity.Error, "broken-archive", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip whose directory of {directoryBytes:N0} bytes cannot lie inside its {length + before:N0} bytes"));
            }
            return;
        }
        long shift = directoryAt + before - listedAt;
        if (shift < 0 || (listedAt <= length && shift > 0 && before == 0 && IsDirectory(zip, listedAt)))
        {
            _report(Severity.Error, "broken-archive", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip whose directory begins at byte {directoryAt + before:N0}; its end says {listedAt:N0}"));
            return;
        }
        if (shift > 0)
        {
            _report(Severity.Note, "odd-archive", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip with {shift:N0} bytes of something else before it"));
        }
        if (end + EndLength + BinaryPrimitives.ReadUInt16LittleEndian(zip[(end + 20)..]) < length)
        {
            _report(Severity.Note, "odd-archive", $"{what} is a zip with something else behind it");
        }
        ReadDirectory(data, start, length, before, directoryAt, endAt, entries, shift, depth, what);
    }

    private static bool IsDirectory(ReadOnlySpan<byte> zip, long at) => at >= 0 && at <= zip.Length - 4 && zip[(int)at..].StartsWith("PK\u0001\u0002"u8);

    private static int? FindEnd(ReadOnlySpan<byte> zip)
    {
        int from = Math.Max(0, zip.Length - EndLength - MaxComment);
        ReadOnlySpan<byte> tail = zip[from..];
        for (int at = tail.LastIndexOf("PK\u0005\u0006"u8); at >= 0; at = tail[..at].LastIndexOf("PK\u0005\u0006"u8))
        {
            if (at + EndLength <= tail.Length)
            {
                return from + at;
            }
        }
        return null;
    }

    // Entries, bytes and place of the directory as listed, and where it ends.
    private static (long Entries, long Bytes, long ListedAt, int EndAt) ReadEnd(ReadOnlySpan<byte> zip, int end, long before)
    {
        long entries = BinaryPrimitives.ReadUInt16LittleEndian(zip[(end + 10)..]);
        long bytes = BinaryPrimitives.ReadUInt32LittleEndian(zip[(end + 12)..]);
        long at = BinaryPrimitives.ReadUInt32LittleEndian(zip[(end + 16)..]);
        if (end >= 20 && zip[(end - 20)..].StartsWith("PK\u0006\u0007"u8))
        {
            long place = BinaryPrimitives.ReadInt64LittleEndian(zip[(end - 12)..]) - before;
            if (place >= 0 && place <= end - 20 - 56 && zip[(int)place..].StartsWith("PK\u0006\u0006"u8))
            {
                ReadOnlySpan<byte> record = zip[(int)place..];
                return (
                    BinaryPrimitives.ReadInt64LittleEndian(record[32..]),
                    Math.Max(0, BinaryPrimitives.ReadInt64LittleEndian(record[40..])),
                    BinaryPrimitives.ReadInt64LittleEndian(record[48..]),
                    (int)place);
            }
        }
        return (entries, bytes, at, end);
    }

    private void ReadDirectory(byte[] data, int start, int length, long before, long directoryAt, int directoryEnd, long entries, long shift, int depth, string what)
    {
        ReadOnlySpan<byte> zip = data.AsSpan(start, length);
        int at = (int)directoryAt;
        long found = 0;
        long packed = 0;
        Int128 unpacked = 0;
        int told = 0;
        while (at + 46 <= directoryEnd && zip[at..].StartsWith("PK\u0001\u0002"u8))
        {
            if (++found > MaxEntries)
            {
                _report(Severity.Note, "archive-not-read", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip of {entries:N0} entries; the first {MaxEntries:N0} were looked at"));
                break;
            }
            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(zip[(at + 28)..]);
            int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(zip[(at + 30)..]);
            int next = at + 46 + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(zip[(at + 32)..]);
            if (next > directoryEnd)
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
        if (found <= MaxEntries && (found != entries && (entries != 0xFFFF || (found & 0xFFFF) != entries) || at != directoryEnd))
        {
            _report(Severity.Error, "broken-archive", string.Create(CultureInfo.InvariantCulture, $"{what} is a zip whose directory lists {entries:N0} entries; {found:N0} can be read"));
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

    /// <summary>What the directory says of an entry (APPNOTE 4.3.12).</summary>
    private readonly record struct NestedEntry(string Name, int Method, bool IsEncrypted, bool IsLink, uint Crc32, long Packed, long Unpacked, long At)
    {
        // What APPNOTE D.1 says names are in where nothing says UTF-8. Often they are in something else; every byte is a character of it.
        private static readonly Encoding Ibm437 = CodePagesEncodingProvider.Instance.GetEncoding(437)!;

        public static NestedEntry Read(ReadOnlySpan<byte> record, int nameLength, int extraLength)
        {
            int flags = BinaryPrimitives.ReadUInt16LittleEndian(record[8..]);
            long packed = BinaryPrimitives.ReadUInt32LittleEndian(record[20..]);
            long unpacked = BinaryPrimitives.ReadUInt32LittleEndian(record[24..]);
            long at = BinaryPrimitives.ReadUInt32LittleEndian(record[42..]);
            ReadZip64(record.Slice(46 + nameLength, extraLength), ref unpacked, ref packed, ref at);
            uint unixType = record[5] == 3 ? BinaryPrimitives.ReadUInt32LittleEndian(record[38..]) >> 28 : 0;
            ReadOnlySpan<byte> name = record.Slice(46, nameLength);
            return new NestedEntry(
                ((flags & 1 << 11) != 0 || Utf8.IsValid(name) ? Encoding.UTF8 : Ibm437).GetString(name),
                BinaryPrimitives.ReadUInt16LittleEndian(record[10..]),
                (flags & 1) != 0,
                unixType is not (0 or 4 or 8),
                BinaryPrimitives.ReadUInt32LittleEndian(record[16..]),
                packed,
                unpacked,
                at);
        }

        private static void ReadZip64(ReadOnlySpan<byte> extra, ref long unpacked, ref long packed, ref long at)
        {
            while (extra.Length >= 4)
            {
                int size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
                if (size > extra.Length - 4)
                {
                    return;
                }
                if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == 1)
                {
                    ReadOnlySpan<byte> fields = extra.Slice(4, size);
                    Take(ref fields, ref unpacked);
                    Take(ref fields, ref packed);
                    Take(ref fields, ref at);
                    return;
                }
                extra = extra[(4 + size)..];
            }
        }

        private static void Take(ref ReadOnlySpan<byte> fields, ref long value)
        {
            if (value == 0xFFFFFFFF && fields.Length >= 8)
            {
                value = BinaryPrimitives.ReadInt64LittleEndian(fields);
                fields = fields[8..];
            }
        }
    }
}
