using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>A Korean publication in the elements of WIPO ST.36: patents, utility models, and designs with their views.</summary>
internal static class KrPatentDocument
{
    public static void Write(SampleDocument document)
    {
        Publication publication = document.Publication;
        bool design = publication.Kind == "S";
        IReadOnlyList<string> pictures = Figures.Write(document, publication.Id + "/", figure => $"{publication.Number}_{Figures.Five(figure)}", ".jpg", 7);
        Prose prose = new(Korean.Language, document.Random);
        Bibliography data = new(Korean.Language, document.Random);
        Utf8Text page = document.Page;
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <kr-patent-document lang="ko" country="KR" doc-number="{publication.Number}" kind="{publication.Kind}" date-publ="{publication.Date}" file="{publication.Id}.xml">
            <bibliographic-data>
              <publication-reference><document-id><country>KR</country><doc-number>{publication.Number}</doc-number><kind>{publication.Kind}</kind><date>{publication.Date}</date></document-id></publication-reference>
              <application-reference><document-id><country>KR</country><doc-number>{publication.Application}</doc-number><date>{publication.Filed}</date></document-id></application-reference>
              <invention-title lang="ko">{prose.Title}</invention-title>
              <classifications-ipcr>

            """);
        for (int i = 0; i < data.Ipc.Count; i++)
        {
            page.Add($"    <classification-ipcr sequence=\"{i + 1}\"><text>{data.Ipc[i].ToString()}</text></classification-ipcr>\n");
        }
        page.Raw("  </classifications-ipcr>\n  <parties>\n    <applicants>\n");
        for (int i = 0; i < data.Applicants.Count; i++)
        {
            page.Add($"      <applicant sequence=\"{i + 1}\"><addressbook lang=\"ko\"><name>{data.Applicants[i].Name}</name><address><text>{data.Applicants[i].Address}</text><country>KR</country></address></addressbook></applicant>\n");
        }
        page.Raw("    </applicants>\n    <inventors>\n");
        for (int i = 0; i < data.Inventors.Count; i++)
        {
            page.Add($"      <inventor sequence=\"{i + 1}\"><addressbook lang=\"ko\"><name>{data.Inventors[i].Name}</name><address><text>{data.Inventors[i].Address}</text></address></addressbook></inventor>\n");
        }
        page.Add($"    </inventors>\n    <agents><agent sequence=\"1\"><addressbook lang=\"ko\"><name>{data.Agent.Name}</name></addressbook></agent></agents>\n  </parties>\n</bibliographic-data>\n");
        Body(document, prose, design);
        page.Raw("<drawings>\n");
        for (int i = 0; i < pictures.Count; i++)
        {
            page.Add($"  <figure num=\"{i + 1}\"><img file=\"{pictures[i]}\" img-format=\"jpg\" img-content=\"drawing\"/></figure>\n");
        }
        page.Raw("</drawings>\n</kr-patent-document>\n");
        document.Save($"{publication.Id}/{publication.Id}.xml");
    }

    private static void Body(SampleDocument document, Prose prose, bool design)
    {
        Utf8Text page = document.Page;
        SampleRandom random = document.Random;
        page.Raw("<abstract lang=\"ko\"><p>");
        prose.Paragraph(page, random.Between(350, 800));
        page.Raw("</p></abstract>\n<description lang=\"ko\">\n");
        int number = 0;
        int end = page.Length + (design ? 500 : document.TextBytes * 3 / 4);
        do
        {
            page.Add($"  <p num=\"{++number:D4}\">");
            prose.Paragraph(page, random.Between(200, 1200));
            page.Raw("</p>\n");
        }
        while (page.Length < end);
        page.Raw("</description>\n<claims lang=\"ko\">\n");
        int claims = design ? 1 : random.Between(4, 12);
        for (int claim = 1; claim <= claims; claim++)
        {
            page.Add($"  <claim num=\"{claim:D4}\"><claim-text>");
            prose.Claim(page, claim, claim == 1 ? 5 : random.Between(1, 3));
            page.Raw("</claim-text></claim>\n");
        }
        page.Raw("</claims>\n");
    }
}
