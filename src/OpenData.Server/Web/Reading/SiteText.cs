using System.Collections;
using System.Collections.Frozen;
using System.Globalization;
using System.Resources;

namespace OpenData.Server.Web.Reading;

/// <summary>
/// Every text of the site in both languages, read once: <c>Site.resx</c> (English) and <c>Site.zh.resx</c> here, and beside the pages of a room what
/// only that room says (<c>Desk/Desk.resx</c>, <c>Desk/Desk.zh.resx</c>). A name is used once over all of them.
/// </summary>
public static class SiteText
{
    private static readonly FrozenDictionary<string, string> s_english = Read(CultureInfo.InvariantCulture);
    private static readonly FrozenDictionary<string, string> s_chinese = Read(CultureInfo.GetCultureInfo("zh"));

    /// <summary>All texts of a language by their names.</summary>
    public static FrozenDictionary<string, string> Of(SiteLanguage language) => language is SiteLanguage.Zh ? s_chinese : s_english;

    private static FrozenDictionary<string, string> Read(CultureInfo culture) =>
        typeof(SiteText).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Rooms, StringComparison.Ordinal) && name.EndsWith(Compiled, StringComparison.Ordinal))
            .SelectMany(name => Read(name[..^Compiled.Length], culture))
            .ToFrozenDictionary(text => text.Key, text => text.Value, StringComparer.Ordinal);

    private const string Rooms = "OpenData.Server.Web.";
    private const string Compiled = ".resources";

    private static IEnumerable<KeyValuePair<string, string>> Read(string room, CultureInfo culture)
    {
        ResourceSet texts = new ResourceManager(room, typeof(SiteText).Assembly).GetResourceSet(culture, createIfNotExists: true, tryParents: false)
            ?? throw new MissingManifestResourceException($"The texts {room} in '{culture.Name}' did not come with the program (zh/opendata-server.resources.dll).");
        return texts.Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create((string)entry.Key, (string)entry.Value!));
    }
}
