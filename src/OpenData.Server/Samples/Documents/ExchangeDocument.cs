using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>A record of DOCDB (exchange-documents v2.5.7) with citations and family, in the packages CreateDelete and Amend.</summary>
internal static class ExchangeDocument
{
    public static void Write(SampleDocument document)
    {
        Publication publication = document.Publication;
        SampleRandom random = document.Random;
        Prose prose = new(English.Language, random);
        Bibliography data = new(English.Language, random);
        bool amend = random.Chance(30);
        Utf8Text page = document.Page;
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <exch:exchange-documents xmlns:exch="http://www.epo.org/exchange" dtd-version="2.5.7" date-of-exchange="{publication.Date}">
            <exch:exchange-document country="EP" doc-number="{publication.Number}" kind="{publication.Kind}" doc-id="{random.Between(500_000_000, 620_000_000)}" date-publ="{publication.Date}" family-id="{random.Between(60_000_000, 92_000_000)}" is-representative="{(random.Chance(60) ? "YES" : "NO")}" status="{(amend ? "A" : "C")}">
            <exch:bibliographic-data>
            <exch:publication-reference data-format="docdb"><document-id lang="en"><country>EP</country><doc-number>{publication.Number}</doc-number><kind>{publication.Kind}</kind><date>{publication.Date}</date></document-id></exch:publication-reference>
            <exch:publication-reference data-format="epodoc"><document-id lang="en"><doc-number>EP{publication.Number}</doc-number></document-id></exch:publication-reference>
            <exch:classifications-ipcr>

            """);
        for (int i = 0; i < data.Ipc.Count; i++)
        {
            page.Add($"<classification-ipcr sequence=\"{i + 1}\"><text>{data.Ipc[i].ToString()}</text></classification-ipcr>\n");
        }
        page.Add($"""
            </exch:classifications-ipcr>
            <exch:application-reference is-representative="NO" data-format="docdb"><document-id><country>EP</country><doc-number>{publication.Application}</doc-number><kind>A</kind><date>{publication.Filed}</date></document-id></exch:application-reference>
            <exch:language-of-publication>en</exch:language-of-publication>
            <exch:parties><exch:applicants>

            """);
        for (int i = 0; i < data.Applicants.Count; i++)
        {
            page.Add($"<exch:applicant sequence=\"{i + 1}\" data-format=\"docdb\"><exch:applicant-name><name>{data.Applicants[i].Name.ToUpperInvariant()}</name></exch:applicant-name><residence><country>DE</country></residence></exch:applicant>\n");
        }
        page.Raw("</exch:applicants><exch:inventors>\n");
        for (int i = 0; i < data.Inventors.Count; i++)
        {
            page.Add($"<exch:inventor sequence=\"{i + 1}\" data-format=\"docdb\"><exch:inventor-name><name>{data.Inventors[i].Name.ToUpperInvariant()}</name></exch:inventor-name></exch:inventor>\n");
        }
        page.Add($"</exch:inventors></exch:parties>\n<exch:invention-title lang=\"en\" data-format=\"docdba\">{prose.Title}</exch:invention-title>\n<exch:references-cited>\n");
        for (int i = 0; i < data.Cited.Count; i++)
        {
            CitedDocument cited = data.Cited[i];
            page.Add($"<exch:citation cited-phase=\"SEA\" sequence=\"{i + 1}\"><patcit num=\"{i + 1}\" dnum=\"{cited.Office}{cited.Number}{cited.Kind}\" dnum-type=\"publication number\"><document-id><country>{cited.Office}</country><doc-number>{cited.Number}</doc-number><kind>{cited.Kind}</kind><date>{cited.Date}</date></document-id></patcit></exch:citation>\n");
        }
        page.Raw("</exch:references-cited>\n</exch:bibliographic-data>\n<exch:abstract lang=\"en\" data-format=\"docdba\" abstract-source=\"national office\"><exch:p>");
        prose.Paragraph(page, document.TextBytes / 2);
        page.Raw("</exch:p></exch:abstract>\n<exch:patent-family>\n");
        for (int member = random.Between(1, 4); member > 0; member--)
        {
            CitedDocument related = CitedDocument.Draw(random);
            page.Add($"<exch:family-member><exch:publication-reference data-format=\"docdb\" sequence=\"1\"><document-id><country>{related.Office}</country><doc-number>{related.Number}</doc-number><kind>{related.Kind}</kind></document-id></exch:publication-reference></exch:family-member>\n");
        }
        page.Raw("</exch:patent-family>\n</exch:exchange-document>\n</exch:exchange-documents>\n");
        document.Save($"Root/DOC/{(amend ? "Amend" : "CreateDelete")}/{publication.Id}.xml");
    }
}
