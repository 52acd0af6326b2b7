using OpenData.Server.Catalog;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Storage;
using OpenData.Server.Web.ReleasePages;

namespace OpenData.Server.Web.Desk;

/// <summary>Puts a held edition beside those before it.</summary>
internal sealed class HoldComparison(EditionStates editions, Holds holds, ReleaseQueries releases, FindingLines lines, TimeProvider time)
{
    /// <summary>The comparison; null where the edition is not held.</summary>
    public async Task<HoldView?> ViewAsync(Dataset dataset, string edition, CancellationToken stop)
    {
        if (await editions.FindAsync(dataset.Code, edition, stop) is not { State: EditionState.Held } held)
        {
            return null;
        }
        Package? package = await holds.PackageAsync(dataset.Code, edition, stop);
        DateOnly day = EditionDate.Of(edition, held.ReadyAt ?? held.UpdatedAt, dataset.Schedule.TimeZone);
        Release[] recent =
        [
            .. (await releases.PageAsync(dataset.Code, from: null, to: day, after: null, Completeness.ComparedEditions + 1, currentOnly: true, stop))
                .Where(release => release.Edition != edition).Take(Completeness.ComparedEditions),
        ];
        Release? before = recent.FirstOrDefault();
        IReadOnlyList<Finding> findingsBefore = before is null ? [] : (await editions.FindAsync(dataset.Code, before.Edition, stop))?.Findings ?? [];
        FindingTally now = package is null ? FindingTally.None : await TallyAsync(ContentOf(package), stop);
        FindingTally then = before is null || await releases.FindFileAsync(before.Id, before.Id.FindingsName, stop) is not { } file
            ? FindingTally.None
            : await TallyAsync(new StoredContent(file.Key, file.Bytes, file.Sha256, default), stop);
        return new HoldView
        {
            Dataset = dataset,
            Edition = held,
            Package = package,
            Before = before,
            FindingsBefore = findingsBefore,
            Kinds = Kinds(held.Findings, now, findingsBefore, then),
            Measures = package is null ? [] : Measures(package, recent, dataset.Hold),
            Compared = recent.Length,
            Today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime),
        };
    }

    /// <summary>Counts of both by kind: those of the whole files where there are any, and of the lines that the rules added to them.</summary>
    internal static IReadOnlyList<FindingKind> Kinds(IReadOnlyList<Finding> now, FindingTally tallyNow, IReadOnlyList<Finding> before, FindingTally tallyBefore) =>
    [
        .. now.Select(finding => finding.Code).Concat(before.Select(finding => finding.Code)).Concat(tallyNow.Kinds.Keys).Concat(tallyBefore.Kinds.Keys).Distinct(StringComparer.Ordinal)
            .Select(code => new FindingKind(
                code,
                now.Concat(before).Where(finding => finding.Code == code).Select(finding => finding.Severity).DefaultIfEmpty(Severity.Note).Max(),
                tallyNow.Kinds.TryGetValue(code, out int counted) ? counted : now.Count(finding => finding.Code == code),
                tallyBefore.Kinds.TryGetValue(code, out int countedBefore) ? countedBefore : before.Count(finding => finding.Code == code),
                now.Any(finding => finding.Code == code && finding.Holds)))
            .OrderByDescending(kind => kind.Holds).ThenByDescending(kind => kind.Severity).ThenByDescending(kind => kind.Now).ThenBy(kind => kind.Code, StringComparer.Ordinal),
    ];

    private static IReadOnlyList<HoldMeasure> Measures(Package package, Release[] recent, HoldRules rules)
    {
        Release? before = recent.FirstOrDefault();
        bool compared = recent.Length >= Completeness.FewestEditions;
        HoldMeasure Of(string text, long now, Func<Release, long> of, double? tolerated, bool isSize = false) =>
            new(text, now, before is null ? null : of(before), compared ? Median(recent.Select(of)) : null, tolerated, isSize);
        return
        [
            Of("Edition.Documents", package.Documents, release => release.Documents, rules.Documents),
            Of("Release.Entries", package.Archives.Sum(archive => archive.Manifest.Entries), release => release.Entries, package.Documents > 0 ? null : rules.Documents),
            Of("Compare.Uncompressed", package.Archives.Sum(archive => archive.Manifest.UncompressedBytes), release => release.Uncompressed, rules.Bytes, isSize: true),
            Of("Edition.Size", package.Archives.Sum(archive => archive.Manifest.Bytes), release => release.Bytes, null, isSize: true),
        ];
    }

    private static long Median(IEnumerable<long> values)
    {
        long[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static StoredContent? ContentOf(Package package) => package.Files.FirstOrDefault(file => file.Name == package.Release.FindingsName) is { } file
        ? new StoredContent(BlobKey.Of(package.Release, file.Name), file.Bytes, file.Sha256, default)
        : null;

    /// <summary>What is shown of findings must not take the page down: without the store there are those that the database keeps.</summary>
    private async Task<FindingTally> TallyAsync(StoredContent? content, CancellationToken stop)
    {
        try
        {
            return content is { } file ? await lines.CountAsync(file, stop) : FindingTally.None;
        }
        catch (Exception e) when (e is BlobStoreUnavailableException or CorruptContentException)
        {
            return FindingTally.None;
        }
    }
}
