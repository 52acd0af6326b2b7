using OpenData.Server.Catalog;
using OpenData.Server.Gateway;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds;

/// <summary>What every catalog format says of a release, before it says so in its own words.</summary>
/// <param name="Publisher">Who publishes.</param>
/// <param name="Root">The address of this service, without a slash at its end.</param>
/// <param name="Dataset">The dataset, as the catalog in force describes it.</param>
/// <param name="Release">The release; null for a dataset that has none yet.</param>
/// <param name="Files">The release's files, in order of names.</param>
public sealed record ReleaseMetadata(string Publisher, string Root, Dataset Dataset, Release? Release, IReadOnlyList<ReleaseFile> Files)
{
    /// <summary>The page of the dataset.</summary>
    public string DatasetPage => $"{Root}/datasets/{Dataset.Code}";

    /// <summary>The page of the terms, where there are any.</summary>
    public string? TermsPage => Dataset.Terms is { } terms ? $"{Root}/terms/{terms}" : null;

    /// <summary>The folder of the release.</summary>
    public string Folder => Root + PublicAddress.Folder(Release!.Id);

    /// <summary>Such as <c>CN invention … full text, 20240102</c>.</summary>
    public string Title => Release is null ? Dataset.Name.En : $"{Dataset.Name.En}, {Release.Edition}";

    /// <summary>Words to find it by.</summary>
    public IReadOnlyList<string> Keywords =>
        [Dataset.Code, Dataset.Category, Dataset.Content, Dataset.Jurisdiction, .. Dataset.KindCodes.Select(kind => $"{Dataset.Jurisdiction} {kind}"), .. Dataset.Media];

    /// <summary>The address of a file.</summary>
    public string AddressOf(ReleaseFile file) => Root + PublicAddress.Of(file.Release, file.Name);

    /// <summary>How the release is to be cited.</summary>
    public string Citation => $"{Publisher}: {Dataset.Name.En} ({Dataset.Code}), {Release!.Id.Edition}, {Release.Id.RevisionName}, {Release.PublishedAt:yyyy-MM-dd}. {Folder}";

    /// <summary>A day, ISO 8601.</summary>
    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
