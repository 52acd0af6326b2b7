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
    private Action<Severity, string, Sentence> _report = (_, _, _) => { };

    /// <summary>Looks into a delivered zip or gzip file.</summary>
    /// <param name="archive">The whole file, from the beginning.</param>
    /// <param name="length">Its length.</param>
    /// <param name="isZip">True for zip, false for gzip.</param>
    /// <param name="report">Takes what is wrong: severity, code, message.</param>
    public void Inspect(byte[] archive, int length, bool isZip, Action<Severity, string, Sentence> report)
    {
        _budget = UnpackedBudget;
        _report = report;
        if (isZip)
        {
            OpenZip(archive, 0, length, before: 0, depth: 1, Phrases.Itself);
        }
        else
        {
            OpenGzip(archive, 0, length, depth: 1, Phrases.Itself);
        }
        _report = (_, _, _) => { };
    }

    /// <summary>Looks at the end of a zip file that is too large to be held: its directory, where that lies inside the end.</summary>
    /// <param name="end">The last bytes.</param>
    /// <param name="length">The whole file's length.</param>
    /// <param name="report">Takes what is wrong.</param>
    public void InspectEnd(byte[] end, long length, Action<Severity, string, Sentence> report)
    {
        (_budget, _report) = (0, report);
        OpenZip(end, 0, end.Length, length - end.Length, depth: 1, Phrases.Itself);
        _report = (_, _, _) => { };
    }

    private void Open(byte[] data, int start, int length, int depth, Sentence what)
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

    private bool TooDeep(int depth, Sentence what)
    {
        if (depth <= MaxDepth)
        {
            return false;
        }
        _report(Severity.Warning, "nested-too-deep", Phrases.NestedTooDeep.With(what, MaxDepth));
        return true;
    }

    private void OpenGzip(byte[] data, int start, int length, int depth, Sentence what)
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
                    _report(Severity.Warning, "archive-bomb", Phrases.GzipUnfolds.With(what, BombRatio, length));
                }
                return;
            }
            uint listed = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(start + length - 4));
            if (length < 18 || (listed != (uint)got && IsSingleMember(data.AsSpan(start, length))))
            {
                _report(Severity.Error, "broken-archive", Phrases.GzipEndsEarly.With(what, got, listed));
            }
            if (content is not null)
            {
                Open(content, 0, got, depth + 1, Phrases.ContentOf.With(what));
            }
        }
        catch (InvalidDataException broken)
        {
            _report(Severity.Error, "broken-archive", Phrases.GzipNotOpen.With(what, broken.Message.TrimEnd('.')));
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

    private void OpenZip(byte[] data, int start, int length, long before, int depth, Sentence what)
    {
        if (TooDeep(depth, what))
        {
            return;
        }
        ReadOnlySpan<byte> zip = data.AsSpan(start, length);
        if (NestedZipEnd.Find(zip, before) is not { } end)
        {
            _report(Severity.Error, "broken-archive", Phrases.ZipNoEnd.With(what));
            return;
        }
        if (end.IsPart)
        {
            _report(Severity.Warning, "broken-archive", Phrases.ZipOnePart.With(what));
            return;
        }
        long directoryAt = end.DirectoryEnd - end.DirectoryBytes;
        if (directoryAt < 0)
        {
            if (before > 0 && directoryAt + before >= 0)
            {
                _report(Severity.Note, "archive-not-read", Phrases.ZipDirectoryTooLarge.With(what, end.DirectoryBytes));
            }
            else
            {
                _report(Severity.Error, "broken-archive", Phrases.ZipDirectoryOutside.With(what, end.DirectoryBytes, length + before));
            }
            return;
        }
        long shift = directoryAt + before - end.ListedAt;
        if (shift < 0 || (end.ListedAt <= length && shift > 0 && before == 0 && NestedZipEnd.IsDirectory(zip, end.ListedAt)))
        {
            _report(Severity.Error, "broken-archive", Phrases.ZipDirectoryElsewhere.With(what, directoryAt + before, end.ListedAt));
            return;
        }
        if (shift > 0)
        {
            _report(Severity.Note, "odd-archive", Phrases.ZipBefore.With(what, shift));
        }
        if (end.End < length)
        {
            _report(Severity.Note, "odd-archive", Phrases.ZipBehind.With(what));
        }
        ReadDirectory(data, start, length, before, directoryAt, end, shift, depth, what);
    }

    private void ReadDirectory(byte[] data, int start, int length, long before, long directoryAt, NestedZipEnd end, long shift, int depth, Sentence what)
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
                _report(Severity.Note, "archive-not-read", Phrases.ZipManyEntries.With(what, end.Entries, MaxEntries));
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
            _report(Severity.Error, "broken-archive", Phrases.ZipEntriesMissing.With(what, end.Entries, found));
        }
        if (unpacked > BombBytes && unpacked > (Int128)(length + before) * BombRatio)
        {
            _report(Severity.Warning, "archive-bomb", Phrases.ZipUnfolds.With(what, length + before, unpacked));
        }
        else if (packed > length + before)
        {
            _report(Severity.Warning, "archive-bomb", Phrases.ZipOverlaps.With(what, length + before, packed));
        }
    }

    private static string Hex(uint crc) => crc.ToString("x8", CultureInfo.InvariantCulture);

    // True where something was told.
    private bool Judge(byte[] data, int start, int length, long before, ReadOnlySpan<byte> rawName, NestedEntry entry, long shift, long directoryAt, int depth, Sentence what)
    {
        string name = Printable.Of(entry.Name);
        if (EntryName.Fault(entry.Name.TrimEnd('/')) is { } fault)
        {
            _report(Severity.Warning, "hostile-nested-name", Phrases.ZipHostileName.With(what, name, Phrases.Known(fault)));
            return true;
        }
        if (entry.IsLink)
        {
            _report(Severity.Warning, "nested-link", Phrases.ZipLink.With(what, name));
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
            return Broken(Phrases.ZipNoEntry.With(name, entry.At));
        }
        long content = header + 30 + BinaryPrimitives.ReadUInt16LittleEndian(zip[(int)(header + 26)..]) + BinaryPrimitives.ReadUInt16LittleEndian(zip[(int)(header + 28)..]);
        if (entry.Packed < 0 || entry.Packed > length || content + entry.Packed > directoryAt)
        {
            return Broken(Phrases.ZipEntryTooLong.With(name, entry.Packed));
        }
        int localName = BinaryPrimitives.ReadUInt16LittleEndian(zip[(int)(header + 26)..]);
        if (header + 30 + localName > directoryAt || !zip.Slice((int)header + 30, localName).SequenceEqual(rawName))
        {
            _report(Severity.Warning, "odd-archive", Phrases.ZipTwoNames.With(what, name));
            return true;
        }
        if (entry.IsEncrypted)
        {
            _report(Severity.Warning, "encrypted-archive", Phrases.ZipEncrypted.With(what, name));
            return true;
        }
        if (entry.Method is not (0 or 8))
        {
            _report(Severity.Note, "archive-not-read", Phrases.ZipMethod.With(what, name, entry.Method));
            return true;
        }
        return _budget > 0 && entry.Unpacked <= _budget && Unpack(data, start + (int)content, entry, name, depth, what);

        bool Broken(Sentence why)
        {
            _report(Severity.Error, "broken-archive", Phrases.ZipNotOpen.With(what, why));
            return true;
        }
    }

    private bool Unpack(byte[] data, int at, NestedEntry entry, string name, int depth, Sentence what)
    {
        try
        {
            using MemoryStream packed = new(data, at, (int)entry.Packed, writable: false);
            using Stream stream = entry.Method == 0 ? packed : new DeflateStream(packed, CompressionMode.Decompress);
            Crc32 crc = new();
            (byte[]? content, int got, bool whole) = Unpack(stream, crc);
            if (!whole)
            {
                _report(Severity.Warning, "archive-bomb", Phrases.ZipEntryUnfolds.With(what, name, entry.Unpacked));
                return true;
            }
            if (got != entry.Unpacked || crc.GetCurrentHashAsUInt32() != entry.Crc32)
            {
                _report(Severity.Error, "broken-archive", Phrases.ZipEntryDamaged.With(what, name, got, Hex(crc.GetCurrentHashAsUInt32()), entry.Unpacked, Hex(entry.Crc32)));
                return true;
            }
            if (content is not null)
            {
                Open(content, 0, got, depth + 1, Phrases.Inside.With(name, what));
            }
            return false;
        }
        catch (InvalidDataException broken)
        {
            _report(Severity.Error, "broken-archive", Phrases.ZipEntryNotUnpacked.With(what, name, broken.Message.TrimEnd('.')));
            return true;
        }
    }
}
