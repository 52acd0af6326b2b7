using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples;

/// <summary>The folder of an edition that is being written.</summary>
/// <param name="path">Where; it is made on the first file.</param>
internal sealed class DeliveryFolder(string path)
{
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    /// <summary>Bytes of all files so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Writes a new file; folders in the name are made.</summary>
    public void Write(string name, Utf8Text content)
    {
        string file = Path.Combine(path, name);
        string folder = Path.GetDirectoryName(file)!;
        if (_made.Add(folder))
        {
            Directory.CreateDirectory(folder);
        }
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(handle, content.Written, 0);
        Bytes += content.Length;
    }
}
