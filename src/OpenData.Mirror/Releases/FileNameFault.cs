using OpenData.Format;

namespace OpenData.Mirror.Releases;

/// <summary>Names of files that are not written to this disk.</summary>
internal static class FileNameFault
{
    /// <summary>What is wrong with the name of an entry or of a file, in words; null if nothing is. The Chinese does not say which of the rules of <see cref="EntryName"/> it is.</summary>
    public static Words? Of(string name) => EntryName.Fault(name) is { } fault ? new(fault, "文件名不规范，可能写到目录之外或无法正常显示") : null;
}
