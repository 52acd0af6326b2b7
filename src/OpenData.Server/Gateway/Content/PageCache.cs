using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Gateway.Content;

/// <summary>Reads that never wait for a disk, for threads that must not (the pacer's): preadv2(2) with RWF_NOWAIT, Linux 4.14 and later.</summary>
internal static unsafe partial class PageCache
{
    private const int NoWait = 8; // RWF_NOWAIT
    private const int WillNeed = 3; // POSIX_FADV_WILLNEED

    private static readonly bool s_supported = OperatingSystem.IsLinux() && (RuntimeInformation.OSArchitecture is Architecture.X64 or Architecture.Arm64);

    /// <summary>Reads what is in memory already.</summary>
    /// <returns>Bytes read; 0 where none is in memory, or where nobody can tell: read in the ordinary way, on a thread that may wait.</returns>
    public static int Read(SafeFileHandle file, Span<byte> target, long offset)
    {
        if (!s_supported)
        {
            return 0;
        }
        fixed (byte* start = target)
        {
            Vector vector = new() { Start = start, Length = (nuint)target.Length };
            return (int)Math.Max(0, PreadV2(file, &vector, 1, offset, NoWait));
        }
    }

    /// <summary>
    /// True where bytes are in memory, as far as samples can tell: whoever hands them on without reading them waits for a disk only where the
    /// kernel has just dropped a piece between two samples.
    /// </summary>
    public static bool Holds(SafeFileHandle file, long offset, int length)
    {
        const int Distance = 16 * 1024; // the smallest window that the kernel reads ahead
        Span<byte> sample = stackalloc byte[1];
        for (long at = offset; at < offset + length; at += Distance)
        {
            if (Read(file, sample, at) == 0)
            {
                return false;
            }
        }
        return Read(file, sample, offset + length - 1) > 0;
    }

    /// <summary>Asks the kernel to have these bytes in memory soon; returns at once and promises nothing.</summary>
    public static void Prefetch(SafeFileHandle file, long offset, long length)
    {
        if (s_supported)
        {
            _ = FAdvise(file, offset, length, WillNeed);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Start;
        public nuint Length;
    }

    [LibraryImport("libc", EntryPoint = "preadv2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint PreadV2(SafeFileHandle file, Vector* vectors, int count, long offset, int flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FAdvise(SafeFileHandle file, long offset, long length, int advice);
}
