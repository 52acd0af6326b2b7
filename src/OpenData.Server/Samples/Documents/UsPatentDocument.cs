using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>A US publication after the DTDs us-patent-grant v4.7 and us-patent-application v4.6, without the DOCTYPE line: a folder with its XML and TIFF pictures.</summary>
internal static class UsPatentDocument
{
    public static void Write(SampleDocument document)
    {
        Publication publication = document.Publication;
        bool grant = publication.Kind[0] is not 'A' && publication.Kind != "P1";
        string root = grant ? "us-patent-grant" : "us-patent-application";
        string name = $"{publication.Id}-{publication.Date:yyyyMMdd}";
        IReadOnlyList<string> pictures = Figures.Write(document, name + "/", figure => $"{name}-D{Figures.Five(figure)}", ".TIF");
        Prose prose = new(English.Language, document.Random);
        Utf8Text page = document.Page;
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <{root} lang="EN" dtd-version="{(grant ? "v4.7 2022-02-17" : "v4.6 2022-02-17")}" file="{name}.XML" status="PRODUCTION" id="{root}" country="US" date-produced="{publication.Date.AddDays(-13)}" date-publ="{publication.Date}">

            """);
        Front(document, prose, grant);
        bool full = document.Dataset.Content != "bibliographic";
        if (full)
        {
            Body(document, prose, pictures);
        }
        page.Add($"</{root}>\n");
        document.Save(full ? $"{name}/{name}.XML" : $"{name}.XML");
    }

    private static void Front(SampleDocument document, Prose prose, bool grant)
    {
        Utf8Text page = document.Page;
        Publication publication = document.Publication;
        Bibliography data = new(English.Language, document.Random);
        string root = grant ? "us-bibliographic-data-grant" : "us-bibliographic-data-application";
        page.Add($"""
            <{root}>
            <publication-reference><document-id><country>US</country><doc-number>{publication.Number}</doc-number><kind>{publication.Kind}</kind><date>{publication.Date}</date></document-id></publication-reference>
            <application-reference appl-type="{publication.Kind[0] switch { 'S' => "design", 'P' => "plant", 'E' => "reissue", _ => "utility" }}"><document-id><country>US</country><doc-number>{publication.Application}</doc-number><date>{publication.Filed}</date></document-id></application-reference>
            <us-application-series-code>{publication.Application[..2]}</us-application-series-code>
            <classifications-ipcr>

            """);
        foreach (IpcClass ipc in data.Ipc)
        {
            page.Add($"""
                <classification-ipcr><ipc-version-indicator><date>20060101</date></ipc-version-indicator><classification-level>A</classification-level><section>{ipc.Subclass[..1]}</section><class>{ipc.Subclass[1..3]}</class><subclass>{ipc.Subclass[3..]}</subclass><main-group>{ipc.Group}</main-group><subgroup>{ipc.Subgroup}</subgroup></classification-ipcr>

                """);
        }
        page.Add($"</classifications-ipcr>\n<invention-title id=\"d2e43\">{prose.Title}</invention-title>\n");
        if (grant)
        {
            page.Raw("<us-references-cited>\n");
            for (int i = 0; i < data.Cited.Count; i++)
            {
                CitedDocument cited = data.Cited[i];
                page.Add($"<us-citation><patcit num=\"{i + 1:D5}\"><document-id><country>{cited.Office}</country><doc-number>{cited.Number}</doc-number><kind>{cited.Kind}</kind><name>{document.Random.Pick(English.Language.Families)}</name><date>{cited.Date}</date></document-id></patcit><category>cited by {(i % 3 == 0 ? "examiner" : "applicant")}</category></us-citation>\n");
            }
            page.Raw("</us-references-cited>\n");
        }
        page.Raw("<us-parties>\n<us-applicants>\n");
        for (int i = 0; i < data.Applicants.Count; i++)
        {
            page.Add($"<us-applicant sequence=\"{i:D3}\" app-type=\"applicant\" designation=\"us-only\"><addressbook><orgname>{data.Applicants[i].Name}</orgname><address><city>{data.Applicants[i].Address}</city><country>US</country></address></addressbook></us-applicant>\n");
        }
        page.Raw("</us-applicants>\n<inventors>\n");
        for (int i = 0; i < data.Inventors.Count; i++)
        {
            string[] name = data.Inventors[i].Name.Split(", ");
            page.Add($"<inventor sequence=\"{i:D3}\" designation=\"us-only\"><addressbook><last-name>{name[0]}</last-name><first-name>{name[1]}</first-name><address><city>{data.Inventors[i].Address}</city><country>US</country></address></addressbook></inventor>\n");
        }
        page.Add($"</inventors>\n</us-parties>\n</{root}>\n");
    }

    private static void Body(SampleDocument document, Prose prose, IReadOnlyList<string> pictures)
    {
        Utf8Text page = document.Page;
        SampleRandom random = document.Random;
        bool design = document.Publication.Kind[0] == 'S';
        if (!design)
        {
            page.Raw("<abstract id=\"abstract\">\n<p id=\"p-0001\" num=\"0000\">");
            prose.Paragraph(page, random.Between(500, 900));
            page.Raw("</p>\n</abstract>\n");
        }
        page.Raw("<drawings id=\"DRAWINGS\">\n");
        for (int i = 0; i < pictures.Count; i++)
        {
            page.Add($"<figure id=\"Fig-EMI-D{i + 1:D5}\" num=\"{i + 1:D5}\"><img id=\"EMI-D{i + 1:D5}\" he=\"200mm\" wi=\"160mm\" file=\"{pictures[i]}\" alt=\"embedded image\" img-content=\"drawing\" img-format=\"tif\"/></figure>\n");
        }
        page.Raw("</drawings>\n<description id=\"description\">\n");
        string[] headings = design ? ["DESCRIPTION"] : ["TECHNICAL FIELD", "BACKGROUND", "SUMMARY", "BRIEF DESCRIPTION OF THE DRAWINGS", "DETAILED DESCRIPTION"];
        int number = 0;
        for (int i = 0; i < headings.Length; i++)
        {
            page.Add($"<heading id=\"h-{i + 1:D4}\" level=\"1\">{headings[i]}</heading>\n");
            int end = page.Length + (design ? 600 : document.TextBytes * (i == headings.Length - 1 ? 3 : 1) / 9);
            do
            {
                page.Add($"<p id=\"p-{number + 2:D4}\" num=\"{++number:D4}\">");
                prose.Paragraph(page, random.Between(300, 1500));
                page.Raw("</p>\n");
            }
            while (page.Length < end);
        }
        int claims = design ? 1 : random.Between(8, 20);
        page.Raw("</description>\n<us-claim-statement>What is claimed is:</us-claim-statement>\n<claims id=\"claims\">\n");
        for (int claim = 1; claim <= claims; claim++)
        {
            page.Add($"<claim id=\"CLM-{claim:D5}\" num=\"{claim:D5}\"><claim-text>{claim}. ");
            prose.Claim(page, claim, claim == 1 ? 6 : random.Between(1, 3));
            page.Raw("</claim-text></claim>\n");
        }
        page.Raw("</claims>\n");
    }
}
