using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>
/// send(2) that never waits. The runtime's asynchronous send leaves an object of some hundred bytes with each socket for the next time, which among ten thousand
/// connections that are mostly silent is memory for nothing.
/// </summary>
internal static partial class SocketSend
{
    private const int Flags = 0x40 | 0x4000; // MSG_DONTWAIT | MSG_NOSIGNAL, as Linux has them on the architectures of SendFile.IsSupported

    /// <returns>How many bytes the socket took; 0 where it takes none now, or never again: the runtime's own send then says which.</returns>
    public static int Now(SafeSocketHandle socket, ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? 0 : (int)Math.Max(0, Send(socket, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, Flags));

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(SafeSocketHandle socket, in byte bytes, nuint length, int flags);
}
