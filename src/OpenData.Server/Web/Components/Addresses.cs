using OpenData.Format;

namespace OpenData.Server.Web.Components;

/// <summary>Addresses of pages.</summary>
public static class Addresses
{
    /// <summary>The page of a dataset.</summary>
    public static string OfDataset(string code) => $"/datasets/{code}";

    /// <summary>The page of a release.</summary>
    public static string Of(ReleaseId release) => $"/datasets/{release.Dataset}/{Uri.EscapeDataString(release.Edition)}/{release.RevisionName}";
}
