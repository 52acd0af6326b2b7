using System.Globalization;
using System.Text;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Datasets;

/// <summary>How to cite a release, so that others find the very same bytes.</summary>
/// <param name="Text">As a sentence.</param>
/// <param name="BibTeX">As an entry of a bibliography.</param>
public sealed record Citation(string Text, string BibTeX)
{
    /// <summary>Of a dataset in a certain release.</summary>
    public static Citation Of(Dataset dataset, Release release, string address, Reader reader)
    {
        string name = reader.Of(dataset.Name);
        string year = release.PublishedAt.Year.ToString(CultureInfo.InvariantCulture);
        string text = reader.Text("Citation.Text", reader["Site.Name"], year, name, dataset.Code, release.Edition, release.Id.RevisionName, address);
        string key = new StringBuilder(dataset.Code.ToLowerInvariant()).Append('-').Append(release.Edition).Append('-').Append(release.Id.RevisionName).ToString();
        string bibtex =
            $$"""
            @misc{{{key}},
              title     = {{{Escape(name)}} ({{dataset.Code}}), {{Escape(release.Edition)}} {{release.Id.RevisionName}}},
              author    = {{{Escape(reader["Site.Name"])}}},
              year      = {{{year}}},
              note      = {Data set},
              url       = {{{address}}}
            }
            """;
        return new Citation(text, bibtex);
    }

    private static string Escape(string text) => text.Replace("&", "\\&", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal);
}
