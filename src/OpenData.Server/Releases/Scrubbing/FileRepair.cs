using System.Buffers;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Packaging;
using OpenData.Server.Storage;

namespace OpenData.Server.Releases.Scrubbing;

/// <summary>
/// Puts a damaged or missing file right:
/// <list type="number">
/// <item>Piece by piece, what is stored is kept where its SHA-256 is the manifest's; only what is not is fetched from the second store, and
/// compared in turn. What the database knows by heart (<c>release.json</c>, <c>SHA256SUMS</c>) is taken from there.</item>
/// <item>All of it goes into a new blob, which is committed only when the digest of the whole is right: nobody ever sees half of a repair.</item>
/// <item>The commit happens under the edition's lock, unless the release was withdrawn meanwhile and nothing more is made of it.</item>
/// </list>
/// A process may be killed anywhere in it: the file is as bad as before, or good, and the next pass sees which.
/// </summary>
public sealed class FileRepair(SqlDatabase database, BlobStore store, SecondStore second, ReleaseQueries releases)
{
    /// <summary>How long the second store may send nothing.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Repairs a file. It is still counted as bad afterwards: read it once more.</summary>
    /// <exception cref="IOException">The store of this server cannot be used.</exception>
    public async Task<RepairOutcome> RunAsync(ScrubbedFile file, CancellationToken stop)
    {
        ArchiveManifest? manifest = file.Archive ? (await releases.ArchiveAsync(file.Release, file.Name, stop))?.Manifest : null;
        await using BlobReader? stored = await store.OpenAsync(file.Key, stop);
        await using BlobWriter draft = await store.CreateAsync(file.Key, stop);
        Fetched fetched;
        try
        {
            fetched = manifest is not null
                ? await WritePiecesAsync(file, manifest, stored, draft, stop)
                : await WriteWholeAsync(file, draft, stop);
        }
        catch (IOException e) when (e is SecondStoreException)
        {
            return new RepairOutcome(false, e.Message);
        }
        bool wanted = await database.WriteAsync(
            async transaction =>
            {
                if (!await IsKeptAsync(transaction, file.Release))
                {
                    return false;
                }
                await draft.CommitAsync(stop);
                return true;
            },
            stop);
        return wanted
            ? new RepairOutcome(true, string.Create(CultureInfo.InvariantCulture, $"{fetched.Pieces} of {fetched.Of} pieces ({ByteCount.Format(fetched.Bytes)}) came from {fetched.From}"))
            : new RepairOutcome(false, "its release was withdrawn meanwhile");
    }

    private async Task<Fetched> WritePiecesAsync(ScrubbedFile file, ArchiveManifest manifest, BlobReader? stored, BlobWriter draft, CancellationToken stop)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(manifest.PieceLength);
        using IncrementalHash whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Fetched fetched = new(0, manifest.Pieces.Count, 0, second.Place);
        try
        {
            for (int number = 0; number < manifest.Pieces.Count; number++)
            {
                long offset = (long)number * manifest.PieceLength;
                Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(manifest.PieceLength, manifest.Bytes - offset));
                if (!await TryReadStoredAsync(stored, offset, piece, stop) || Sha256Digest.Of(piece.Span) != manifest.Pieces[number])
                {
                    await FetchAsync(file.Key, offset, piece, stop);
                    if (Sha256Digest.Of(piece.Span) != manifest.Pieces[number])
                    {
                        throw new SecondStoreException(second.Place, string.Create(CultureInfo.InvariantCulture, $"piece {number} of {file.Key}, from byte {offset}, is damaged there, too"));
                    }
                    fetched = fetched with { Pieces = fetched.Pieces + 1, Bytes = fetched.Bytes + piece.Length };
                }
                whole.AppendData(piece.Span);
                await draft.WriteAsync(piece, stop);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return Sha256Digest.FinishAndReset(whole) == file.Sha256
            ? fetched
            : throw new SecondStoreException(second.Place, $"all pieces of {file.Key} are right but the whole is not, so the manifest on record is wrong");
    }

    /// <summary>A file without pieces: what the database knows, or all of it from the second store.</summary>
    private async Task<Fetched> WriteWholeAsync(ScrubbedFile file, BlobWriter draft, CancellationToken stop)
    {
        if (await KnownAsync(file, stop) is { } known && Sha256Digest.Of(known) == file.Sha256)
        {
            await draft.WriteAsync(known, stop);
            return new Fetched(1, 1, known.Length, "the database");
        }
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PackagedArchive.BlockLength);
        using IncrementalHash whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            for (long offset = 0; offset < file.Bytes; offset += PackagedArchive.BlockLength)
            {
                Memory<byte> part = buffer.AsMemory(0, (int)Math.Min(PackagedArchive.BlockLength, file.Bytes - offset));
                await FetchAsync(file.Key, offset, part, stop);
                whole.AppendData(part.Span);
                await draft.WriteAsync(part, stop);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return Sha256Digest.FinishAndReset(whole) == file.Sha256
            ? new Fetched(1, 1, file.Bytes, second.Place)
            : throw new SecondStoreException(second.Place, $"{file.Key} is damaged there, too");
    }

    private async Task<byte[]?> KnownAsync(ScrubbedFile file, CancellationToken stop) => file.Name switch
    {
        Manifest.FileName => await releases.ManifestTextAsync(file.Release, stop) is { } text ? Encoding.UTF8.GetBytes(text) : null,
        Manifest.ChecksumsName => Checksums.Write(
            (await releases.FilesAsync(file.Release, stop))
            .Where(other => other.Name is not (Manifest.ChecksumsName or Manifest.SignatureName))
            .Select(other => new StoredFile(other.Name, other.Bytes, other.Sha256))),
        _ => null,
    };

    private static async Task<bool> TryReadStoredAsync(BlobReader? stored, long offset, Memory<byte> piece, CancellationToken stop)
    {
        if (stored is null || stored.Bytes < offset + piece.Length)
        {
            return false;
        }
        try
        {
            await using Stream range = await stored.ReadAsync(offset, piece.Length, stop);
            await range.ReadExactlyAsync(piece, stop);
            return true;
        }
        catch (IOException) when (stored.File is not null)
        {
            return false; // the device cannot read it: that is what is to be mended
        }
    }

    private async Task FetchAsync(BlobKey key, long offset, Memory<byte> piece, CancellationToken stop)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            await using Stream? source = await second.OpenAsync(key, offset, piece.Length, patience.Token);
            if (source is null)
            {
                throw new SecondStoreException(second.Place, $"{(second.IsConfigured ? "it does not have " : "nothing to take it from: ")}{key} from byte {offset.ToString(CultureInfo.InvariantCulture)}");
            }
            await source.ReadExactlyAsync(piece, patience.Token);
        }
        catch (Exception e) when ((e is IOException and not SecondStoreException) || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            throw new SecondStoreException(second.Place, e.Message, e);
        }
    }

    /// <summary>Within a transaction: takes the edition's lock, and tells whether the release's files are to be there at all.</summary>
    private static async Task<bool> IsKeptAsync(DbTransaction transaction, ReleaseId release)
    {
        DbConnection connection = transaction.Connection!;
        await connection.ExecuteAsync(
            "UPDATE editions SET updated_at = updated_at WHERE dataset = @Dataset AND edition = @Edition", new { release.Dataset, release.Edition }, transaction);
        return await connection.QuerySingleAsync<int>(
            $"SELECT count(*) FROM releases WHERE dataset = @Dataset AND edition = @Edition AND revision = @Revision AND {ScrubLedger.IsKept}",
            new { release.Dataset, release.Edition, release.Revision },
            transaction) > 0;
    }

    private sealed record Fetched(int Pieces, int Of, long Bytes, string From);

    private sealed class SecondStoreException(string place, string why, Exception? inner = null) : IOException($"{place}: {why}", inner);
}

/// <summary>How a repair ended.</summary>
/// <param name="Done">True where a new blob stands in the file's place.</param>
/// <param name="What">What was done, or why not.</param>
public sealed record RepairOutcome(bool Done, string What);
