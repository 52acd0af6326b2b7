using OpenData.Server.Catalog;

namespace OpenData.Server.Samples.Documents;

/// <summary>How the editions of a dataset are filled.</summary>
/// <param name="Write">Writes one document.</param>
/// <param name="MedianText">Median bytes of the text of a document.</param>
/// <param name="Pictures">How many bytes of a hundred are pictures; 0 for none.</param>
/// <param name="EditionBytes">Bytes of an edition if nothing else is asked.</param>
internal sealed record SampleContent(Action<SampleDocument> Write, int MedianText, int Pictures = 0, long EditionBytes = SampleOptions.DefaultBytes)
{
    /// <summary>Above this size an edition of XML and pictures is mostly pictures, as the real ones are: deflate makes little of them.</summary>
    private const long Large = 16_000_000;

    /// <summary>What suits a dataset, by its content, media and jurisdiction.</summary>
    public static SampleContent For(Dataset dataset) => (dataset.Content, dataset.Jurisdiction) switch
    {
        ("full-text", "CN") => new(CnPatentDocument.Write, 26_000, 45),
        ("full-text", "US") => new(UsPatentDocument.Write, 36_000),
        ("full-text", "EP") => new(EpPatentDocument.Write, 32_000),
        ("full-text", "JP") => new(JpOfficialGazette.Write, 30_000),
        ("full-text", "KR") => new(KrPatentDocument.Write, 28_000),
        ("bibliographic-abstract", "CN") => new(CnPatentDocument.Write, 2_000),
        ("bibliographic-abstract", "EP") => new(ExchangeDocument.Write, 3_000),
        ("bibliographic", "US") => new(UsPatentDocument.Write, 3_000),
        ("bibliographic", "EP") => new(EpPatentDocument.Write, 3_000),
        ("full-text-images", "US") => new(UsPatentDocument.Write, 30_000, 70),
        ("full-text-images", "EP") => new(PageImages.WriteEuropean, 4_000, 95),
        ("full-text-images", _) => new(PageImages.WriteFolder, 4_000, 95),
        ("design", "CN") => new(CnPatentDocument.Write, 4_000, 93),
        ("design", "US") => new(UsPatentDocument.Write, 5_000, 90),
        ("design", "JP") => new(JpOfficialGazette.Write, 3_500, 93),
        ("design", "KR") => new(KrPatentDocument.Write, 3_500, 93),
        ("abstract" or "abstract-translation", _) => new(EnglishAbstract.Write, 1_800),
        ("legal-status", "EP") => new(LegalStatus.WriteEuropean, 4_000),
        ("legal-status", _) => new(LegalStatus.WriteChinese, 5_000),
        ("citations", _) => new(Citations.Write, 3_000),
        ("sequence-listings", _) => new(SequenceListing.Write, 24_000),
        ("gazette", _) => new(PageImages.WriteGazette, 4_000, 92),
        ("ic-registration", _) => new(IcLayout.Write, 1_500, 96, 1_000_000),
        ("ic-affairs", _) => new(IcLayout.Write, 1_500, 0, 60_000),
        ("ic-termination", _) => new(IcLayout.Write, 1_500, 0, 40_000),
        ("ic-revocation", _) => new(IcLayout.Write, 1_500, 0, 8_000),
        _ => throw new NotSupportedException($"{dataset.Code}: there are no samples of content '{dataset.Content}' of {dataset.Jurisdiction}."),
    };

    /// <summary>How large the next document shall be in an edition of so many bytes.</summary>
    public (int Text, int Pictures) Draw(SampleRandom random, long editionBytes)
    {
        int most = (int)Math.Min(200_000, Math.Max(600, editionBytes / 5));
        int text = Math.Min(DocumentSizes.Draw(random, MedianText), most);
        int share = Pictures is > 0 and < 75 && editionBytes >= Large ? 78 : Pictures;
        return (text, (int)Math.Min((long)text * share / (100 - share), editionBytes / 3));
    }
}
