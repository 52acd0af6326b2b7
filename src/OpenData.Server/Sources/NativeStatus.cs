using System.Runtime.InteropServices;

namespace OpenData.Server.Sources;

/// <summary>struct statx of Linux, which is the same on every architecture; see statx(2).</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct NativeStatus
{
    [FieldOffset(28)]
    private readonly ushort mode;

    [FieldOffset(40)]
    private readonly ulong size;

    [FieldOffset(112)]
    private readonly long modifiedSeconds;

    [FieldOffset(120)]
    private readonly uint modifiedNanoseconds;

    public readonly bool IsFile => Kind == 0x8000;

    public readonly bool IsFolder => Kind == 0x4000;

    public readonly long Bytes => (long)size;

    /// <summary>In UTC, to 100 ns.</summary>
    public readonly DateTimeOffset ModifiedAt => DateTimeOffset.FromUnixTimeSeconds(modifiedSeconds).AddTicks(modifiedNanoseconds / 100);

    /// <summary>What it is, in words.</summary>
    public readonly string KindName => Kind switch
    {
        0x1000 => "a FIFO",
        0x2000 => "a character device",
        0x4000 => "a folder",
        0x6000 => "a block device",
        0x8000 => "a file",
        0xA000 => "a symbolic link",
        0xC000 => "a socket",
        _ => "of an unknown kind",
    };

    private readonly int Kind => mode & 0xF000;
}
