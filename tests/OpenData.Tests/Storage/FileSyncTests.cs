using Microsoft.Win32.SafeHandles;
using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Storage;

public sealed class FileSyncTests
{
    [Fact]
    public void A_flush_that_fails_throws_with_the_path()
    {
        using SafeFileHandle device = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write); // fsync(2) gives EINVAL on it

        Should.Throw<IOException>(() => FileSync.Flush(device, "/dev/null")).Message.ShouldContain("/dev/null");
    }

    [Fact]
    public void A_folder_that_is_not_there_cannot_be_flushed()
    {
        using TemporaryFolder folder = new();

        FileSync.FlushFolder(folder.Path);
        Should.Throw<IOException>(() => FileSync.FlushFolder(folder["gone"])).Message.ShouldContain("gone");
    }
}
