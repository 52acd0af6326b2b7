namespace OpenData.Mirror.Downloads;

/// <summary>Turns what the file system says into what a person can act on.</summary>
internal static class DiskFailure
{
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WouldBlock = 11;
    private const int SharingViolation = unchecked((int)0x80070020);

    /// <summary>Another process holds the file.</summary>
    public static bool IsLocked(IOException e) => e.HResult is WouldBlock or SharingViolation;

    /// <summary>What the disk refuses for one file it refuses for the next: <see cref="MirrorException.EndsAll"/>.</summary>
    public static MirrorException Of(Exception e, string path) => new(ExitCode.Failed, e switch
    {
        IOException { HResult: NoSpace or QuotaExceeded or WindowsDiskFull } =>
            new($"{path}: the disk is full. Make room; the same command goes on from here.", $"{path}：磁盘已满。请腾出空间，再次执行同一命令即可从此处继续。"),
        IOException { HResult: ReadOnlyFileSystem } => new($"{path}: the file system is read-only.", $"{path}：文件系统只读，无法写入。"),
        UnauthorizedAccessException => new($"{path}: this folder cannot be written to ({e.Message})", $"{path}：没有写入该目录的权限（{e.Message}）"),
        _ => new($"{path}: {Words.Of(e)}", $"{path}：{Words.Of(e)}"),
    }, e) { EndsAll = true };
}
