using System.Collections;
using System.Collections.Frozen;
using System.Globalization;
using System.Resources;

namespace OpenData.Server.Web.Reading;

/// <summary>Every text of the site in both languages: <c>Site.resx</c> (English) and <c>Site.zh.resx</c>, read once.</summary>
public static class SiteText
{
    private static readonly FrozenDictionary<string, string> s_english = Read(CultureInfo.InvariantCulture);
    private static readonly FrozenDictionary<string, string> s_chinese = Read(CultureInfo.GetCultureInfo("zh"));

    /// <summary>All texts of a language by their names.</summary>
    public static FrozenDictionary<string, string> Of(SiteLanguage language) => language is SiteLanguage.Zh ? s_chinese : s_english;

    private static FrozenDictionary<string, string> Read(CultureInfo culture)
    {
        ResourceManager manager = new("OpenData.Server.Web.Reading.Site", typeof(SiteText).Assembly);
        ResourceSet texts = manager.GetResourceSet(culture, createIfNotExists: true, tryParents: false)
            ?? throw new MissingManifestResourceException($"The texts of the site in '{culture.Name}' did not come with the program (zh/opendata-server.resources.dll).");
        return texts.Cast<DictionaryEntry>().ToFrozenDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal);
    }
}
