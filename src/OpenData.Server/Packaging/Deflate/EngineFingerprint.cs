using System.Runtime.InteropServices;
using OpenData.Format;

namespace OpenData.Server.Packaging.Deflate;

/// <summary>Tells apart versions of an engine that do not tell theirs: by the bytes that they make, which is what matters.</summary>
internal static class EngineFingerprint
{
    /// <summary>Eight hexadecimal digits.</summary>
    /// <param name="engine">Any engine.</param>
    /// <param name="levels">Levels that are looked at.</param>
    public static string Of(DeflateEngine engine, ReadOnlySpan<int> levels)
    {
        byte[] text = new byte[200_000];
        uint state = 1;
        for (int i = 0; i < text.Length; i++)
        {
            // Words out of a small alphabet with runs and repeats: enough to meet every strategy of a level.
            state = state * 1664525 + 1013904223;
            text[i] = state >> 30 == 0 && i > 400 ? text[i - 1 - (int)(state >> 8) % 400] : (byte)('a' + (state >> 24) % 23);
        }
        byte[] compressed = new byte[text.Length];
        List<byte> all = [];
        foreach (int level in levels)
        {
            using Deflater deflater = engine.Create(level);
            int length = deflater.Compress(text, compressed);
            all.AddRange(compressed.AsSpan(0, length));
        }
        return Sha256Digest.Of(CollectionsMarshal.AsSpan(all)).ToString()[..8];
    }
}
