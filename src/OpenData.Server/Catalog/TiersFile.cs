using OpenData.Format;

namespace OpenData.Server.Catalog;

/// <summary>Reads <c>tiers.yaml</c>.</summary>
internal static class TiersFile
{
    /// <summary>The name of the file.</summary>
    public const string Name = "tiers.yaml";

    /// <returns>The tiers and the ceiling; meaningless if an error was added.</returns>
    public static (IReadOnlyList<Tier> Tiers, ByteRate Ceiling) Read(string text, List<CatalogError> errors)
    {
        if (YamlFields.Parse(text, Name, errors) is not { } fields)
        {
            return ([], default);
        }
        ByteRate ceiling = fields.Value("ceiling", "a rate such as 100 Mb/s", Rate);
        List<Tier> tiers = [];
        foreach (YamlFields map in fields.Maps("tiers"))
        {
            string? id = map.Text("id", "the tier's id");
            ByteRate rate = map.Value("rate", "a rate such as 30 Mb/s", Rate);
            int streams = map.Number("streams", 1, 10_000);
            if (rate.BytesPerSecond > ceiling.BytesPerSecond)
            {
                map.Error("rate", $"{rate} is above the ceiling; expected at most {ceiling}");
            }
            if (id is not null && tiers.Exists(t => t.Id == id))
            {
                map.Error("id", $"'{id}' is there twice; expected each tier once");
            }
            map.End();
            tiers.Add(new Tier(id ?? "", rate, streams));
        }
        foreach (string needed in (string[])[Tier.Anonymous, Tier.Registered])
        {
            if (!tiers.Exists(t => t.Id == needed))
            {
                fields.Error("tiers", $"expected a tier with the id '{needed}'");
            }
        }
        fields.End();
        return (tiers, ceiling);
    }

    private static (bool Ok, ByteRate Value) Rate(string text) => (ByteRate.TryParse(text, out ByteRate rate) && rate.BytesPerSecond > 0, rate);
}
