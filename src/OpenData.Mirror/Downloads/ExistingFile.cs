using Microsoft.Win32.SafeHandles;

namespace OpenData.Mirror.Downloads;

/// <summary>Checks a file that stands under its final name.</summary>
internal static class ExistingFile
{
    /// <summary>For each piece its length if its bytes are right, 0 otherwise; null if there is no such file.</summary>
    public static long[]? Check(RemoteFile file, long bytes, CancellationToken stop)
    {
        if (!File.Exists(file.Target))
        {
            return null;
        }
        using SafeFileHandle handle = File.OpenHandle(file.Target, options: FileOptions.SequentialScan);
        long[] right = new long[file.Pieces.Count];
        byte[] buffer = new byte[256 * 1024];
        using PieceInProgress piece = new();
        for (int index = 0; index < right.Length; index++)
        {
            stop.ThrowIfCancellationRequested();
            long start = index * file.PieceLength;
            piece.Begin(index, Math.Min(file.PieceLength, bytes - start));
            int read;
            while (piece.Received < piece.Length
                && (read = RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, piece.Length - piece.Received)), start + piece.Received)) > 0)
            {
                piece.Append(buffer.AsSpan(0, read));
            }
            right[index] = piece.Received == piece.Length && piece.Finish() == file.Pieces[index] ? piece.Length : 0;
        }
        return right;
    }
}
