using System.Globalization;
using OpenData.Format;

namespace OpenData.Mirror.Sync;

/// <summary>What a mirror is to hold.</summary>
/// <param name="Datasets">Only these; null for all.</param>
/// <param name="Since">Only editions whose date is this day or later; null for all.</param>
/// <param name="KeepSuperseded">Whether a release stays after a correction replaced it.</param>
internal sealed record Selection(IReadOnlySet<string>? Datasets, DateOnly? Since, bool KeepSuperseded)
{
    /// <summary>The same text for the same selection: a mirror whose selection changed walks the feed anew.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture,
        $"datasets={(Datasets is null ? "*" : string.Join(',', Datasets.Order(StringComparer.Ordinal)))} since={(Since is { } day ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "*")} superseded={(KeepSuperseded ? "keep" : "remove")}");

    public bool Wants(string dataset) => Datasets is null || Datasets.Contains(dataset);

    /// <summary>False if the name alone shows that the edition is too old. Most ids are dates; of the others only the manifest tells.</summary>
    public bool MayWant(ReleaseId release) => Wants(release.Dataset)
        && (Since is not { } day || !DateOnly.TryParseExact(release.Edition, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) || date >= day);

    /// <summary>The same by the date of the signed manifest.</summary>
    public bool Wants(Manifest manifest) => Wants(manifest.Dataset) && (Since is not { } day || manifest.Date >= day);
}
