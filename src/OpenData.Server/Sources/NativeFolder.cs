using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Sources;

/// <summary>
/// An open folder. Names are bytes, as Linux has them, and are looked up in this folder and nowhere else: no link is followed, and nothing is
/// opened before it is known to be a regular file, so that no FIFO or device can hang or surprise the reader.
/// The framework's own calls cannot tell a FIFO from a file and lose names that are not UTF-8.
/// </summary>
internal sealed partial class NativeFolder : IDisposable
{
    private readonly SafeFileHandle handle;

    private NativeFolder(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Opens a folder by its path; links in the path are followed. Null where there is none.</summary>
    public static NativeFolder? Open(string path) =>
        Opened(OpenAt(CurrentFolder, System.Text.Encoding.UTF8.GetBytes(path + "\0"), ReadOnly | CloseOnExec | DirectoryOnly, 0), path);

    /// <summary>Opens a folder of this folder; null where there is none, or where it is no folder but a link or a file.</summary>
    public NativeFolder? OpenFolder(byte[] name) =>
        Opened(OpenAt(Descriptor, Terminated(name), ReadOnly | CloseOnExec | DirectoryOnly | NoFollow, 0), Text(name));

    /// <summary>What this name is, not following a link; null where there is none.</summary>
    public NativeStatus? Status(byte[] name)
    {
        NativeStatus status = default;
        return Statx(Descriptor, Terminated(name), SymlinkNoFollow | NoAutomount, BasicStatus, ref status) == 0 ? status : Missing<NativeStatus?>(Text(name));
    }

    /// <summary>Opens a regular file of this folder for reading in order; null where there is none, or where it is something else.</summary>
    public (SafeFileHandle File, NativeStatus Status)? OpenFile(byte[] name)
    {
        if (Status(name) is not { IsFile: true })
        {
            return null; // even opening a device may do something
        }
        int descriptor = OpenAt(Descriptor, Terminated(name), ReadOnly | CloseOnExec | NoFollow | NonBlocking, 0);
        if (descriptor < 0)
        {
            return Missing<(SafeFileHandle, NativeStatus)?>(Text(name));
        }
        SafeFileHandle file = new((nint)descriptor, ownsHandle: true);
        if (StatusOf(file) is { IsFile: true } status) // it may have been exchanged in between
        {
            _ = Fadvise(file, 0, 0, Sequential); // a hint: its failure costs only speed
            return (file, status);
        }
        file.Dispose();
        return null;
    }

    /// <summary>
    /// Opens a regular file below this folder for reading, by its path and in one call (openat2(2), Linux 5.6): no link is followed on the way,
    /// and it cannot lead out of this folder. Null where there is no such file, or where it is something else.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">This system has no such call, or forbids it: the path must be walked.</exception>
    public (int Descriptor, NativeStatus Status)? OpenBelow(string path)
    {
        Span<byte> terminated = stackalloc byte[512];
        int length = System.Text.Encoding.UTF8.GetByteCount(path) + 1;
        terminated = length <= terminated.Length ? terminated : new byte[length];
        terminated[System.Text.Encoding.UTF8.GetBytes(path, terminated)] = 0;
        // struct open_how: flags, mode, resolve.
        ReadOnlySpan<ulong> how = [(uint)(ReadOnly | CloseOnExec | NoFollow | NonBlocking), 0, ResolveBeneath | ResolveNoSymlinks];
        int descriptor = (int)SystemCall(OpenAt2, Descriptor, terminated, how, how.Length * sizeof(ulong));
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError() is NotImplemented or NotPermitted
                ? throw new PlatformNotSupportedException("openat2")
                : Missing<(int, NativeStatus)?>(path);
        }
        if (StatusOf(descriptor) is { IsFile: true } status)
        {
            return (descriptor, status);
        }
        Close(descriptor);
        return null;
    }

    /// <summary>Reads what is there, up to so many bytes. Of a regular file, fewer than that means its end.</summary>
    public static int Read(int descriptor, Span<byte> to)
    {
        nint read = ReadDescriptor(descriptor, to, to.Length);
        return read >= 0 ? (int)read : throw Failure("an open file");
    }

    /// <summary>Closes what <see cref="OpenBelow"/> opened.</summary>
    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    /// <summary>What an open file is now.</summary>
    public static NativeStatus StatusOf(SafeFileHandle file) => StatusOf((int)file.DangerousGetHandle());

    private static NativeStatus StatusOf(int descriptor)
    {
        NativeStatus status = default;
        if (Statx(descriptor, [0], EmptyPath, BasicStatus, ref status) != 0)
        {
            throw Failure("an open file");
        }
        return status;
    }

    /// <summary>The names in this folder but for <c>.</c> and <c>..</c>, in no order, one by one from the system. Once.</summary>
    public IEnumerable<byte[]> Names()
    {
        int descriptor = OpenAt(Descriptor, ".\0"u8.ToArray(), ReadOnly | CloseOnExec | DirectoryOnly, 0);
        nint stream = descriptor < 0 ? 0 : FdOpenDir(descriptor);
        if (stream == 0)
        {
            throw Failure("a folder");
        }
        try
        {
            while (NextName(stream) is { } name)
            {
                if (name is not ([(byte)'.'] or [(byte)'.', (byte)'.']))
                {
                    yield return name;
                }
            }
        }
        finally
        {
            _ = CloseDir(stream);
        }
    }

    public void Dispose() => handle.Dispose();

    private int Descriptor => (int)handle.DangerousGetHandle();

    private static byte[]? NextName(nint stream)
    {
        nint entry = ReadDir(stream);
        if (entry != 0)
        {
            // struct dirent of 64-bit Linux: d_ino 8, d_off 8, d_reclen 2, d_type 1, then the name.
            unsafe
            {
                return MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)entry + 19).ToArray();
            }
        }
        return Marshal.GetLastPInvokeError() == 0 ? null : throw Failure("a folder");
    }

    private static NativeFolder? Opened(int descriptor, string name) =>
        descriptor >= 0 ? new NativeFolder(new SafeFileHandle((nint)descriptor, ownsHandle: true)) : Missing<NativeFolder?>(name);

    private static T? Missing<T>(string name) =>
        Marshal.GetLastPInvokeError() is NoSuchFile or NotAFolder or TooManyLinks ? default : throw Failure(name);

    private static IOException Failure(string name)
    {
        Win32Exception error = new(Marshal.GetLastPInvokeError());
        return new IOException($"'{name}': {error.Message}", error);
    }

    private static byte[] Terminated(byte[] name) => [.. name, 0];

    private static string Text(byte[] name) => System.Text.Encoding.UTF8.GetString(name);

    private const int CurrentFolder = -100; // AT_FDCWD
    private const int SymlinkNoFollow = 0x100;
    private const int NoAutomount = 0x800;
    private const int EmptyPath = 0x1000;
    private const uint BasicStatus = 0x7ff;
    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int Sequential = 2;
    private const int OpenAt2 = 437; // one number on every architecture
    private const ulong ResolveNoSymlinks = 4;
    private const ulong ResolveBeneath = 8;
    private const int NotPermitted = 1; // EPERM: what containers answer for calls that they do not know
    private const int NoSuchFile = 2; // ENOENT
    private const int NotAFolder = 20; // ENOTDIR
    private const int NotImplemented = 38; // ENOSYS
    private const int TooManyLinks = 40; // ELOOP: a link where none is followed

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64; // has its own numbers for these two
    private static readonly int DirectoryOnly = Arm ? 0x4000 : 0x10000;
    private static readonly int NoFollow = Arm ? 0x8000 : 0x20000;

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(int folder, byte[] path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint folder, ReadOnlySpan<byte> path, ReadOnlySpan<ulong> how, nint size);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadDescriptor(int descriptor, Span<byte> to, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Statx(int folder, byte[] path, int flags, uint mask, ref NativeStatus status);

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint FdOpenDir(int descriptor);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial nint ReadDir(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseDir(nint stream);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Fadvise(SafeFileHandle file, long offset, long length, int advice);
}
