using System.ComponentModel;
using System.Globalization;

namespace OpenData.Server.Storage;

/// <summary>Recognizes a full disk or an exhausted quota, and says so in words that help.</summary>
internal static class DiskFull
{
    private const int NoSpace = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT

    public static bool Is(IOException error) =>
        error.HResult is NoSpace or QuotaExceeded || error.InnerException is Win32Exception { NativeErrorCode: NoSpace or QuotaExceeded };

    public static IOException At(string root, IOException error)
    {
        long free = new DriveInfo(root).AvailableFreeSpace;
        return new IOException(
            string.Create(CultureInfo.InvariantCulture, $"The disk of '{root}' is full ({free} bytes are free for this process): {error.Message}"), error);
    }
}
