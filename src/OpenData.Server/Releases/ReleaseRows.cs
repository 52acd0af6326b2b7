using System.Data.Common;
using System.Text.Json;
using Dapper;
using OpenData.Format;
using OpenData.Server.Packaging;

namespace OpenData.Server.Releases;

/// <summary>The rows that make a release.</summary>
internal static class ReleaseRows
{
    /// <summary>Within a transaction: the release, its files, its archives; the current release before it becomes superseded.</summary>
    public static async Task InsertAsync(
        DbTransaction transaction, Package package, Manifest manifest, string manifestText, IReadOnlyList<StoredFile> files, int? superseded)
    {
        DbConnection connection = transaction.Connection!;
        (string dataset, string edition, int revision) = package.Release;
        if (superseded is not null)
        {
            await connection.ExecuteAsync(
                "UPDATE releases SET state = 'superseded' WHERE dataset = @dataset AND edition = @edition AND revision = @superseded",
                new { dataset, edition, superseded },
                transaction);
        }
        await connection.ExecuteAsync(
            """
            INSERT INTO releases
                (dataset, edition, revision, date, state, published_at, documents, entries, bytes, uncompressed, archives, delivery_digest, manifest)
            VALUES
                (@dataset, @edition, @revision, @Date, 'published', @PublishedAt, @Documents, @Entries, @Bytes, @uncompressed, @archives, @DeliveryDigest, @manifestText)
            """,
            new
            {
                dataset,
                edition,
                revision,
                manifest.Date,
                manifest.PublishedAt,
                manifest.Documents,
                manifest.Entries,
                manifest.Bytes,
                uncompressed = manifest.Archives.Sum(archive => archive.UncompressedBytes),
                archives = manifest.Archives.Count,
                package.DeliveryDigest,
                manifestText,
            },
            transaction);
        HashSet<string> archiveNames = manifest.Archives.Select(archive => archive.Name).ToHashSet(StringComparer.Ordinal);
        await connection.ExecuteAsync(
            """
            INSERT INTO release_files (dataset, edition, revision, name, bytes, sha256, media_type, archive)
            VALUES (@dataset, @edition, @revision, @Name, @Bytes, @Sha256, @mediaType, @archive)
            """,
            files.Select(file => new
            {
                dataset,
                edition,
                revision,
                file.Name,
                file.Bytes,
                file.Sha256,
                mediaType = ReleaseFile.MediaTypeOf(file.Name),
                archive = archiveNames.Contains(file.Name),
            }),
            transaction);
        await connection.ExecuteAsync(
            "INSERT INTO release_archives (dataset, edition, revision, name, manifest, blocks) VALUES (@dataset, @edition, @revision, @Name, @json, @Blocks)",
            package.Archives.Select(archive => new
            {
                dataset,
                edition,
                revision,
                archive.Manifest.Name,
                json = JsonSerializer.Serialize(archive.Manifest, ReleasesJson.Default.ArchiveManifest),
                archive.Blocks,
            }),
            transaction);
    }
}
