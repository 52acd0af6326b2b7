using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>An English abstract of a Chinese, Japanese (PAJ) or Korean (KPA) document with its main bibliographic data.</summary>
internal static class EnglishAbstract
{
    public static void Write(SampleDocument document)
    {
        Publication publication = document.Publication;
        Prose prose = new(English.Language, document.Random);
        Bibliography data = new(English.Language, document.Random);
        Utf8Text page = document.Page;
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <patent-abstract lang="en" country="{publication.Office}" doc-number="{publication.Number}" kind="{publication.Kind}" date-publ="{publication.Date}">
              <publication-reference><document-id><country>{publication.Office}</country><doc-number>{publication.Number}</doc-number><kind>{publication.Kind}</kind><date>{publication.Date}</date></document-id></publication-reference>
              <application-reference><document-id><country>{publication.Office}</country><doc-number>{publication.Application}</doc-number><date>{publication.Filed}</date></document-id></application-reference>
              <classification-ipc>{data.Ipc[0].ToString()}</classification-ipc>
              <applicant>{data.Applicants[0].Name}</applicant>

            """);
        foreach (Party inventor in data.Inventors)
        {
            page.Add($"  <inventor>{inventor.Name}</inventor>\n");
        }
        page.Add($"  <invention-title lang=\"en\">{prose.Title}</invention-title>\n  <abstract lang=\"en\">\n    <p>PROBLEM TO BE SOLVED: ");
        prose.Paragraph(page, document.TextBytes / 4);
        page.Raw("</p>\n    <p>SOLUTION: ");
        prose.Paragraph(page, document.TextBytes / 2);
        page.Raw("</p>\n  </abstract>\n</patent-abstract>\n");
        document.Save($"{publication.Date:yyyyMM}/{publication.Id}.xml");
    }
}
