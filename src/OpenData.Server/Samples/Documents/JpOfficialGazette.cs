using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>A Japanese publication after jp-official-gazette v1.0: patents, utility models, and designs with their views.</summary>
internal static class JpOfficialGazette
{
    public static void Write(SampleDocument document)
    {
        Publication publication = document.Publication;
        bool design = publication.Kind == "S";
        IReadOnlyList<string> pictures = Figures.Write(document, publication.Id + "/", figure => $"{publication.Number}-{Figures.Five(figure)}", ".jpg", 7);
        Prose prose = new(Japanese.Language, document.Random);
        Bibliography data = new(Japanese.Language, document.Random);
        Utf8Text page = document.Page;
        string kind = publication.Kind[0] switch { 'A' => "公開特許公報(A)", 'B' => "特許公報(B2)", 'S' => "意匠公報(S)", _ => "登録実用新案公報(U)" };
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <jp-official-gazette kind-of-jp="{publication.Kind[..1]}" kind-of-st16="{publication.Kind}" lang="ja" dtd-version="1.0" country="JP" xmlns:jp="http://www.jpo.go.jp">
            <bibliographic-data lang="ja" country="JP">
              <publication-reference><document-id><country>JP</country><doc-number>{publication.Number}</doc-number><kind>{kind}</kind><date>{publication.Date}</date></document-id></publication-reference>
              <application-reference><document-id><doc-number>{publication.Application}</doc-number><date>{publication.Filed}</date></document-id></application-reference>
              <invention-title>{prose.Title}</invention-title>
              <parties>
                <applicants-agents-article>

            """);
        for (int i = 0; i < data.Applicants.Count; i++)
        {
            page.Add($"""
                      <applicants-agents sequence="{i + 1}">
                        <applicant sequence="{i + 1}"><addressbook lang="ja"><name>{data.Applicants[i].Name}</name><registered-number>{document.Random.Between(100_000, 599_999):D9}</registered-number><address><text>{data.Applicants[i].Address}</text></address></addressbook></applicant>
                        <agent sequence="1" kind="representative"><addressbook><name>{data.Agent.Name}</name></addressbook><attorney/></agent>
                      </applicants-agents>

                """);
        }
        page.Raw("    </applicants-agents-article>\n    <inventors>\n");
        for (int i = 0; i < data.Inventors.Count; i++)
        {
            page.Add($"      <inventor sequence=\"{i + 1}\"><addressbook><name>{data.Inventors[i].Name}</name><address><text>{data.Inventors[i].Address}</text></address></addressbook></inventor>\n");
        }
        page.Raw("    </inventors>\n  </parties>\n  <classification-ipc>\n");
        for (int i = 0; i < data.Ipc.Count; i++)
        {
            page.Raw(i == 0 ? "    <main-clsf>" : "    <further-clsf>");
            page.Add($"{data.Ipc[i].ToString()}");
            page.Raw(i == 0 ? "</main-clsf>\n" : "</further-clsf>\n");
        }
        page.Raw("  </classification-ipc>\n</bibliographic-data>\n");
        Body(document, prose, design);
        page.Raw("<drawings>\n");
        for (int i = 0; i < pictures.Count; i++)
        {
            page.Add($"  <figure num=\"{i + 1}\"><img id=\"{i + 1:D6}\" he=\"140\" wi=\"160\" file=\"{pictures[i]}\" img-format=\"jpg\" img-content=\"drawing\"/></figure>\n");
        }
        page.Raw("</drawings>\n</jp-official-gazette>\n");
        document.Save($"{publication.Id}/{publication.Id}.xml");
    }

    private static void Body(SampleDocument document, Prose prose, bool design)
    {
        Utf8Text page = document.Page;
        SampleRandom random = document.Random;
        int number = 0;
        page.Raw("<description>\n");
        (string Element, int Share)[] parts = design ? [("article-to-the-design", 20)]
            : [("technical-field", 50), ("background-art", 8), ("summary-of-invention", 5), ("description-of-drawings", 30), ("description-of-embodiments", 2)];
        foreach ((string element, int share) in parts)
        {
            page.Add($"  <{element}>\n");
            int end = page.Length + document.TextBytes / share;
            do
            {
                page.Add($"    <p num=\"{++number:D4}\">");
                prose.Paragraph(page, random.Between(200, 1000));
                page.Raw("</p>\n");
            }
            while (page.Length < end);
            page.Add($"  </{element}>\n");
        }
        page.Raw("</description>\n");
        if (design)
        {
            return;
        }
        page.Raw("<claims>\n");
        int claims = random.Between(3, 9);
        for (int claim = 1; claim <= claims; claim++)
        {
            page.Add($"  <claim num=\"{claim}\"><claim-text>");
            prose.Claim(page, claim, claim == 1 ? 5 : random.Between(1, 3));
            page.Raw("</claim-text></claim>\n");
        }
        page.Raw("</claims>\n<abstract>\n  <p num=\"\">【課題】");
        prose.Paragraph(page, 250);
        page.Raw("<br/>【解決手段】");
        prose.Paragraph(page, 450);
        page.Raw("</p>\n</abstract>\n");
    }
}
