using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>sendfile(2): bytes of a file to a socket without a copy through this process. Never waits for the client.</summary>
internal static partial class SendFile
{
    private const int GetFlags = 3; // F_GETFL
    private const int NonBlocking = 0x800; // O_NONBLOCK
    private const int Interrupted = 4; // EINTR
    private const int Again = 11; // EAGAIN
    private const int Invalid = 22; // EINVAL: a file system that cannot be spliced from
    private const int Unknown = 38; // ENOSYS
    private const int BrokenPipe = 32; // EPIPE; the runtime ignores SIGPIPE
    private const int FirstNetwork = 100; // ENETDOWN … EHOSTUNREACH: whatever the network can do to a connection
    private const int LastNetwork = 113;

    /// <summary>True on systems whose constants and types are those written here.</summary>
    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>True where the runtime has made the socket non-blocking, as it does with its first asynchronous operation.</summary>
    public static bool IsNonBlocking(SafeSocketHandle socket) => Control(socket, GetFlags, 0) is >= 0 and var flags && (flags & NonBlocking) != 0;

    /// <summary>Hands bytes over to the socket.</summary>
    /// <returns>How many it took; 0 where it takes none now, or not in this way.</returns>
    /// <exception cref="SocketException">The connection is gone.</exception>
    /// <exception cref="EndOfStreamException">The file ends before the offset.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static int Send(SafeSocketHandle socket, SafeFileHandle file, long offset, int length)
    {
        while (true)
        {
            long position = offset;
            nint sent = Send(socket, file, ref position, (nuint)length);
            if (sent > 0)
            {
                return (int)sent;
            }
            if (sent == 0)
            {
                throw new EndOfStreamException();
            }
            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    continue;
                case Again or Invalid or Unknown:
                    return 0;
                case BrokenPipe or (>= FirstNetwork and <= LastNetwork):
                    throw new SocketException((int)SocketError.ConnectionReset);
                case var error:
                    throw new IOException($"sendfile failed: {new Win32Exception(error).Message}");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(SafeSocketHandle socket, SafeFileHandle file, ref long offset, nuint length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeSocketHandle socket, int command, nint argument);
}
