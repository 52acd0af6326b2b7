using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>What one Chinese publication cites: patents, and literature beside them.</summary>
internal static class Citations
{
    public static void Write(SampleDocument document)
    {
        Publication publication = document.Publication;
        SampleRandom random = document.Random;
        Utf8Text page = document.Page;
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <business:CitationDocument xmlns:base="http://www.sipo.gov.cn/XMLSchema/base" xmlns:business="http://www.sipo.gov.cn/XMLSchema/business" country="CN" docNumber="{publication.Number}" kind="{publication.Kind}" datePublication="{publication.Date}">
              <business:ReferencesCited>

            """);
        for (int i = 1; i <= Math.Max(2, document.TextBytes / 420); i++)
        {
            if (random.Chance(20))
            {
                page.Add($"    <business:NPLCitation sequence=\"{i}\" srepPhase=\"SEA\"><base:Text>{Bibliography.Person(Chinese.Language, random)}等，“{Phrases.Fill(random.Pick(Chinese.Language.Titles), Chinese.Language, random)}”，第{random.Between(1, 60)}卷第{random.Between(1, 12)}期，{random.Between(1995, 2023)}年</base:Text><business:Category>{random.Pick(["A", "X", "Y"])}</business:Category></business:NPLCitation>\n");
                continue;
            }
            CitedDocument cited = CitedDocument.Draw(random);
            page.Add($"    <business:PatentCitation sequence=\"{i}\" srepPhase=\"SEA\"><base:DocumentID><base:WIPOST3Code>{cited.Office}</base:WIPOST3Code><base:DocNumber>{cited.Number}</base:DocNumber><base:Kind>{cited.Kind}</base:Kind><base:Date>{cited.Date}</base:Date></base:DocumentID><business:Category>{random.Pick(["A", "X", "Y", "PX"])}</business:Category><business:RelevantClaims>1-{random.Between(2, 12)}</business:RelevantClaims></business:PatentCitation>\n");
        }
        page.Raw("  </business:ReferencesCited>\n</business:CitationDocument>\n");
        document.Save($"{publication.Date:yyyyMM}/{publication.Id}.XML");
    }
}
