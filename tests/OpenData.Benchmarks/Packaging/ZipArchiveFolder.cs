using System.IO.Compression;
using System.Security.Cryptography;

namespace OpenData.Benchmarks.Packaging;

/// <summary>The framework's way: <see cref="ZipArchive"/> at its optimal level, every entry and the whole archive hashed in one pass.</summary>
internal static class ZipArchiveFolder
{
    public static int Run(string folder, string output)
    {
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string[] files = Directory.GetFiles(root, "*", SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        byte[] buffer = new byte[256 * 1024];
        using SHA256 whole = SHA256.Create();
        using (CryptoStream hashed = new(File.Create(output), whole, CryptoStreamMode.Write))
        using (ZipArchive zip = new(hashed, ZipArchiveMode.Create))
        {
            foreach (string file in files)
            {
                using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                using FileStream from = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
                using Stream to = zip.CreateEntry(file[(root.Length + 1)..], CompressionLevel.Optimal).Open();
                int read;
                while ((read = from.Read(buffer)) > 0)
                {
                    hash.AppendData(buffer, 0, read);
                    to.Write(buffer, 0, read);
                }
                hash.GetHashAndReset();
            }
        }
        Console.WriteLine(Convert.ToHexStringLower(whole.Hash!));
        return 0;
    }
}
