using System.Data.Common;
using System.Text;
using System.Text.Json;
using Dapper;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Packaging;

namespace OpenData.Server.Releases;

/// <summary>
/// Makes a release of another server public here as it is: its archives, its manifest, its checksums and their signature. As <see cref="ReleasePublisher"/> does it:
/// every stored file is read back, then one transaction makes it visible and appends to this server's own feed.
/// </summary>
public sealed class ReleaseImporter(SqlDatabase database, PublishBarrier barrier, EditionStates editions, ChangeFeed feed)
{
    /// <summary>Publishes what was fetched and verified.</summary>
    /// <param name="package">The release: <see cref="Package.Files"/> are all of its files, the manifest and the checksums with their signature among them.</param>
    /// <param name="manifestText">The very bytes of its <c>release.json</c>.</param>
    /// <param name="guard">Asked first within the transaction; throws where this run must not publish any more.</param>
    /// <param name="stop">Cancels, up to the commit.</param>
    /// <returns>False where it is here already.</returns>
    /// <exception cref="BarrierFailedException">What is stored is not what was fetched. Nothing is visible.</exception>
    /// <exception cref="ReleaseConflictException">Another release is public under this name, or a later revision.</exception>
    public async Task<bool> ImportAsync(Package package, byte[] manifestText, Func<DbTransaction, Task> guard, CancellationToken stop)
    {
        Manifest manifest = JsonSerializer.Deserialize(manifestText, FormatJson.Default.Manifest)!;
        string text = Encoding.UTF8.GetString(manifestText);
        await barrier.PassAsync(package, stop);
        return await database.WriteAsync(
            async transaction =>
            {
                await guard(transaction);
                (string dataset, string edition, int revision) = package.Release;
                await editions.LockAsync(transaction, dataset, edition, EditionState.Running);
                Known[] before =
                [
                    .. await transaction.Connection!.QueryAsync<Known>(
                        "SELECT revision, state, manifest FROM releases WHERE dataset = @dataset AND edition = @edition ORDER BY revision DESC", new { dataset, edition }, transaction),
                ];
                if (before.FirstOrDefault(known => known.Revision == revision) is { } same)
                {
                    return same.Manifest == text ? false : throw new ReleaseConflictException(package.Release, "another release has this name here");
                }
                if (before.FirstOrDefault(known => known.Revision > revision && known.State == ReleaseState.Published) is { } later)
                {
                    throw new ReleaseConflictException(package.Release, FormattableString.Invariant($"r{later.Revision} is public"));
                }
                int? superseded = before.FirstOrDefault(known => known.State == ReleaseState.Published)?.Revision;
                await ReleaseRows.InsertAsync(transaction, package, manifest, text, package.Files, superseded);
                await DatasetHeads.MoveAsync(transaction, dataset, superseded is null ? 1 : 0);
                await editions.SetAsync(transaction, dataset, edition, EditionState.Published, null, [], null);
                NewChange published = new(ChangeType.Published, dataset, edition, revision);
                await feed.AppendAsync(
                    transaction,
                    superseded is null ? [published] : [published, new NewChange(ChangeType.Superseded, dataset, edition, superseded, By: revision, Changes: manifest.Changes)]);
                return true;
            },
            stop);
    }

    private sealed record Known
    {
        public int Revision { get; init; }

        public ReleaseState State { get; init; }

        public string Manifest { get; init; } = "";
    }
}
