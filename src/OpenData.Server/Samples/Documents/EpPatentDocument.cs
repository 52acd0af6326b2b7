using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>A European publication after ep-patent-document v1.4, whose bibliographic part has the B elements of WIPO ST.36 (B110 number, B540 title, B730 grantee).</summary>
internal static class EpPatentDocument
{
    private static readonly string[] German = ["Vorrichtung", "Verfahren", "Anordnung", "System", "Gehäuse", "Sensor", "Antrieb", "Speicher", "Ventil", "Zusammensetzung"];
    private static readonly string[] French = ["Dispositif", "Procédé", "Agencement", "Système", "Boîtier", "Capteur", "Entraînement", "Mémoire", "Soupape", "Composition"];

    public static void Write(SampleDocument document)
    {
        Publication publication = document.Publication;
        Prose prose = new(English.Language, document.Random);
        Utf8Text page = document.Page;
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <ep-patent-document id="{publication.Id}" file="{publication.Id}.xml" lang="en" country="EP" doc-number="{publication.Number}" kind="{publication.Kind}" date-publ="{publication.Date}" status="n" dtd-version="ep-patent-document-v1-4">

            """);
        Front(document, prose);
        bool full = document.Dataset.Content == "full-text";
        if (full)
        {
            Body(document, prose);
        }
        page.Raw("</ep-patent-document>\n");
        document.Save(full ? $"Root/DOC/{publication.Id}/{publication.Id}.xml" : $"Root/DOC/{publication.Id}.xml");
    }

    private static void Front(SampleDocument document, Prose prose)
    {
        Utf8Text page = document.Page;
        Publication publication = document.Publication;
        Bibliography data = new(English.Language, document.Random);
        bool grant = publication.Kind[0] == 'B';
        int noun = document.Random.Below(German.Length);
        string week = $"{publication.Date.Year}{(publication.Date.DayOfYear - 1) / 7 + 1:00}";
        page.Add($"""
            <SDOBI lang="en"><B000><eptags><B001EP>ATBECHDEDKESFRGBGRITLILUNLSEMCPTIESI</B001EP><B005EP>J</B005EP></eptags></B000>
            <B100><B110>{publication.Number}</B110><B120><B121>{(grant ? "EUROPEAN PATENT SPECIFICATION" : "EUROPEAN PATENT APPLICATION")}</B121></B120><B130>{publication.Kind}</B130><B140><date>{publication.Date}</date></B140><B190>EP</B190></B100>
            <B200><B210>{publication.Application}.{document.Random.Below(10)}</B210><B220><date>{publication.Filed}</date></B220><B250>en</B250><B251EP>en</B251EP><B260>en</B260></B200>
            <B300><B310>{document.Random.Between(10_000_000, 99_999_999)}</B310><B320><date>{publication.Filed.AddDays(-365)}</date></B320><B330><ctry>{document.Random.Pick(["US", "DE", "JP", "CN", "FR"])}</ctry></B330></B300>
            <B400><B405><date>{publication.Date}</date><bnum>{week}</bnum></B405></B400>
            <B500><B510EP>
            """);
        for (int i = 0; i < data.Ipc.Count; i++)
        {
            page.Add($"<classification-ipcr sequence=\"{i + 1}\"><text>{data.Ipc[i].ToString()}</text></classification-ipcr>");
        }
        page.Add($"</B510EP>\n<B540><B541>de</B541><B542>{German[noun]} {document.Random.Between(2, 99)}</B542><B541>en</B541><B542>{prose.Title}</B542><B541>fr</B541><B542>{French[noun]} {document.Random.Between(2, 99)}</B542></B540>\n<B560>");
        foreach (CitedDocument cited in data.Cited)
        {
            page.Add($"<B561><text>{cited.Office}-{cited.Kind}- {cited.Number}</text></B561>");
        }
        page.Raw("</B560></B500>\n<B700><B720>");
        foreach (Party inventor in data.Inventors)
        {
            page.Add($"<B721><snm>{inventor.Name}</snm><adr><str>{inventor.Address}</str><ctry>DE</ctry></adr></B721>");
        }
        string holder = grant ? "B73" : "B71";
        page.Add($"</B720>\n<{holder}0>");
        foreach (Party applicant in data.Applicants)
        {
            page.Add($"<{holder}1><snm>{applicant.Name}</snm><iid>{document.Random.Between(10_000_000, 10_199_999)}</iid><adr><str>{applicant.Address}</str><ctry>DE</ctry></adr></{holder}1>");
        }
        page.Add($"</{holder}0>\n<B740><B741><snm>{data.Agent.Name}</snm><adr><str>{data.Agent.Address}</str><ctry>DE</ctry></adr></B741></B740></B700>\n<B800><B840>");
        foreach (string state in (ReadOnlySpan<string>)["AT", "BE", "CH", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "NL", "PL", "SE"])
        {
            page.Add($"<ctry>{state}</ctry>");
        }
        page.Raw("</B840></B800></SDOBI>\n");
    }

    private static void Body(SampleDocument document, Prose prose)
    {
        Utf8Text page = document.Page;
        SampleRandom random = document.Random;
        page.Raw("<abstract id=\"abst\" lang=\"en\">\n<p id=\"pa01\" num=\"0001\">");
        prose.Paragraph(page, random.Between(500, 900));
        page.Raw("</p>\n</abstract>\n<description id=\"desc\" lang=\"en\">\n");
        int end = page.Length + document.TextBytes * 3 / 4;
        int number = 0;
        do
        {
            page.Add($"<p id=\"p{++number:D4}\" num=\"{number:D4}\">");
            prose.Paragraph(page, random.Between(300, 1500));
            page.Raw("</p>\n");
        }
        while (page.Length < end);
        page.Raw("</description>\n<claims id=\"claims01\" lang=\"en\">\n");
        int claims = random.Between(8, 15);
        for (int claim = 1; claim <= claims; claim++)
        {
            page.Add($"<claim id=\"c-en-{claim:D4}\" num=\"{claim:D4}\"><claim-text>");
            prose.Claim(page, claim, claim == 1 ? 6 : random.Between(1, 3));
            page.Raw("</claim-text></claim>\n");
        }
        page.Raw("</claims>\n");
    }
}
