using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace OpenData.Format;

/// <summary>
/// A regular file in a cpio archive of the "new" ASCII format (SVR4, magic 070701; cpio(5)): thirteen numbers of eight hexadecimal digits, the name and a zero, filled up with zeros to a
/// multiple of four bytes as the file's own bytes after it are. An entry of a set name ends the archive. As much of the format as <see cref="SmallFiles"/> need: names in ASCII without folders.
/// It takes a file about 150 bytes, where tar takes it 770.
/// </summary>
public static class CpioEntry
{
    /// <summary>The longest name.</summary>
    public const int MaxName = 100;

    private const int Fields = 6 + 13 * 8; // the magic and the numbers
    private const int ModeAt = 6 + 8;
    private const int TimeAt = 6 + 5 * 8;
    private const int SizeAt = 6 + 6 * 8;
    private const int NameSizeAt = 6 + 11 * 8;
    private const string TrailerName = "TRAILER!!!";

    /// <summary>Bytes that end an archive.</summary>
    public static ReadOnlySpan<byte> Trailer => s_trailer;

    private static readonly byte[] s_trailer = HeadOf(TrailerName, 0, DateTimeOffset.UnixEpoch);

    /// <summary>True where a name fits.</summary>
    public static bool Fits(string name) => name.Length is > 0 and <= MaxName && Ascii.IsValid(name) && !name.Contains('/') && name != TrailerName;

    /// <summary>Bytes of an entry, with the file's own.</summary>
    public static long LengthOf(string name, long bytes) => HeadLength(name.Length) + bytes + PaddingOf(bytes);

    /// <summary>Bytes that fill a file up.</summary>
    public static int PaddingOf(long bytes) => (int)(-bytes & 3);

    /// <summary>What stands before a file's own bytes.</summary>
    public static byte[] HeadOf(string name, long bytes, DateTimeOffset modifiedAt)
    {
        byte[] head = new byte[HeadLength(name.Length)];
        head.AsSpan(0, Fields).Fill((byte)'0');
        "070701"u8.CopyTo(head);
        Write(head, ModeAt, 0x81A4); // a regular file, rw-r--r--
        Write(head, ModeAt + 24, 1); // links to it
        Write(head, TimeAt, (uint)Math.Clamp(modifiedAt.ToUnixTimeSeconds(), 0, uint.MaxValue));
        Write(head, SizeAt, checked((uint)bytes));
        Write(head, NameSizeAt, (uint)name.Length + 1);
        Encoding.ASCII.GetBytes(name, head.AsSpan(Fields));
        return head;
    }

    /// <summary>Reads what stands before a file's own bytes; false where these bytes are none: the end of the archive, damage, or an entry that is no plain file.</summary>
    /// <param name="archive">From the entry on.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="at">Where its own bytes begin.</param>
    /// <param name="bytes">How many they are.</param>
    public static bool TryRead(ReadOnlySpan<byte> archive, out string name, out int at, out long bytes)
    {
        (name, at, bytes) = ("", 0, 0);
        if (!archive.StartsWith("070701"u8) || archive.Length < Fields
            || !TryRead(archive, ModeAt, out uint mode) || mode >> 12 != 8
            || !TryRead(archive, SizeAt, out uint size)
            || !TryRead(archive, NameSizeAt, out uint nameSize) || nameSize is < 2 or > MaxName + 1)
        {
            return false;
        }
        at = HeadLength((int)nameSize - 1);
        bytes = size;
        if (archive.Length < at || archive[Fields + (int)nameSize - 1] != 0)
        {
            return false;
        }
        name = Encoding.ASCII.GetString(archive.Slice(Fields, (int)nameSize - 1));
        return Fits(name);
    }

    private static int HeadLength(int name) => (Fields + name + 1 + 3) & ~3;

    private static void Write(Span<byte> head, int at, uint number) => number.TryFormat(head.Slice(at, 8), out _, "x8", CultureInfo.InvariantCulture);

    private static bool TryRead(ReadOnlySpan<byte> head, int at, out uint number) => Utf8Parser.TryParse(head.Slice(at, 8), out number, out int read, 'x') && read == 8;
}
