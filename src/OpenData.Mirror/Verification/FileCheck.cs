using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using OpenData.Format;

namespace OpenData.Mirror.Verification;

/// <summary>
/// A file whose bytes are to be compared with what was signed, in runs that several threads take: also the pieces of a single large archive are read by all cores.
/// </summary>
/// <param name="path">Where it is.</param>
/// <param name="name">What it is called in findings.</param>
/// <param name="bytes">Its size.</param>
/// <param name="pieceLength">Bytes in each piece but the last.</param>
/// <param name="pieces">The digest of each.</param>
internal sealed class FileCheck(string path, string name, long bytes, long pieceLength, IReadOnlyList<Sha256Digest> pieces)
{
    /// <summary>Pieces of a run: long enough to read ahead, short enough that all cores end together.</summary>
    private const int RunLength = 8;

    private readonly Lock _gate = new();
    private readonly SortedSet<int> _bad = [];
    private int _open;

    /// <summary>The runs of this file.</summary>
    /// <param name="sample">The share of pieces to take.</param>
    public IReadOnlyList<Run> Runs(double sample)
    {
        int[] chosen = sample >= 1 ? [.. Enumerable.Range(0, pieces.Count)] : [.. Enumerable.Range(0, pieces.Count).Where(_ => Random.Shared.NextDouble() < sample)];
        Run[] runs = [.. chosen.Chunk(RunLength).Select(run => new Run(this, run))];
        _open = runs.Length;
        return runs;
    }

    private Finding? End(IEnumerable<int> bad)
    {
        lock (_gate)
        {
            _bad.UnionWith(bad);
            if (--_open > 0 || _bad.Count == 0)
            {
                return null;
            }
        }
        string numbers = string.Join(", ", _bad.Take(20).Select(p => p + 1)) + (_bad.Count > 20 ? " …" : "");
        Words which = (pieces.Count, _bad.Count) switch
        {
            (1, _) => new("its bytes are", "内容"),
            (_, 1) => new($"piece {numbers} of {pieces.Count} is", $"第 {numbers} 块（共 {pieces.Count} 块）"),
            _ => new($"pieces {numbers} of {pieces.Count} are", $"第 {numbers} 块（共 {pieces.Count} 块）"),
        };
        return new Finding(FindingKind.Bad, name, new($"{which} not what was signed", $"{which}与签名时不符"));
    }

    /// <summary>Some pieces of a file: work for one thread.</summary>
    internal sealed class Run(FileCheck file, int[] chosen)
    {
        /// <summary>Reads and compares.</summary>
        /// <param name="hash">The thread's own.</param>
        /// <param name="buffer">The thread's own.</param>
        /// <param name="read">Told of bytes as they are read.</param>
        /// <param name="stop">Cancels.</param>
        /// <returns>What is wrong with the file, if this was its last run and something is.</returns>
        public Finding? Check(IncrementalHash hash, byte[] buffer, Action<long> read, CancellationToken stop)
        {
            List<int> bad = [];
            try
            {
                using SafeFileHandle handle = File.OpenHandle(file.Path, options: FileOptions.SequentialScan);
                foreach (int piece in chosen)
                {
                    stop.ThrowIfCancellationRequested();
                    if (Digest(handle, hash, buffer, piece * file.PieceLength, Math.Min(file.PieceLength, file.Bytes - piece * file.PieceLength), read) != file.Pieces[piece])
                    {
                        bad.Add(piece);
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                file.End([]);
                return new Finding(FindingKind.Bad, file.Name, new($"it cannot be read ({e.Message})", $"无法读取（{e.Message}）"));
            }
            return file.End(bad);
        }

        private static Sha256Digest Digest(SafeFileHandle handle, IncrementalHash hash, byte[] buffer, long from, long length, Action<long> read)
        {
            long at = from;
            int count;
            while (at < from + length && (count = RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, from + length - at)), at)) > 0)
            {
                hash.AppendData(buffer.AsSpan(0, count));
                at += count;
            }
            read(at - from);
            return Sha256Digest.FinishAndReset(hash);
        }
    }

    private string Path => path;

    private string Name => name;

    private long Bytes => bytes;

    private long PieceLength => pieceLength;

    private IReadOnlyList<Sha256Digest> Pieces => pieces;
}
