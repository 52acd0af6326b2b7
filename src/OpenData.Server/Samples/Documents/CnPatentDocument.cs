using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>
/// A Chinese publication after the schema <c>business:PatentDocumentAndRelated</c>: bibliographic data, and as the dataset asks abstract,
/// description, drawings and claims. Designs have views and a brief explanation instead.
/// </summary>
internal static class CnPatentDocument
{
    private static readonly string[] Views = ["主视图", "后视图", "左视图", "右视图", "俯视图", "仰视图", "立体图"];

    public static void Write(SampleDocument document)
    {
        Publication publication = document.Publication;
        bool bare = CnFileName.IsBare(document.Dataset);
        string file = bare || document.Random.Chance(50) ? CnFileName.Of(publication, bare ? "BIB" : "FUL") : publication.Id + ".XML";
        string folder = bare ? $"{1 + publication.Number[^1] % 2}/" : $"{publication.Id}/";
        IReadOnlyList<string> pictures = Figures.Write(
            document, folder, figure => $"HDA00{publication.Number}{Figures.Five(figure)}", ".JPG", publication.Kind == "S" ? Views.Length : 12);
        Prose prose = new(Chinese.Language, document.Random);
        Begin(document, prose, file);
        if (publication.Kind == "S")
        {
            Design(document, prose, pictures);
        }
        else
        {
            Abstract(document, prose, pictures);
            if (document.Dataset.Content == "full-text")
            {
                FullText(document, prose, pictures);
            }
        }
        document.Page.Raw("</business:PatentDocumentAndRelated>\n");
        document.Save(folder + file);
    }

    private static void Begin(SampleDocument document, Prose prose, string file)
    {
        Utf8Text page = document.Page;
        Publication publication = document.Publication;
        Bibliography data = new(Chinese.Language, document.Random);
        string type = publication.Kind switch { "U" => "20", "S" => "30", _ => "10" };
        page.Add($"""
            <?xml version="1.0" encoding="utf-8" standalone="no"?>
            <business:PatentDocumentAndRelated xmlns:base="http://www.sipo.gov.cn/XMLSchema/base" xmlns:business="http://www.sipo.gov.cn/XMLSchema/business" xsdVersion="V2.2.1" file="{file}" dateProduced="{publication.Date.AddDays(-5)}" status="C" lang="zh" country="CN" docNumber="{publication.Number}" kind="{publication.Kind}" datePublication="{publication.Date}">
              <business:BibliographicData>
                <business:PublicationReference dataFormat="standard" sequence="1">
                  <base:DocumentID>
                    <base:WIPOST3Code>CN</base:WIPOST3Code>
                    <base:DocNumber>{publication.Number}</base:DocNumber>
                    <base:Kind>{publication.Kind}</base:Kind>
                    <base:Date>{publication.Date}</base:Date>
                  </base:DocumentID>
                </business:PublicationReference>
                <business:ApplicationReference applType="{type}" dataFormat="original" sequence="1" sourceDB="national office">
                  <base:DocumentID>
                    <base:WIPOST3Code>CN</base:WIPOST3Code>
                    <base:DocNumber>{CnFileName.WithCheckDigit(publication.Application)}</base:DocNumber>
                    <base:Date>{publication.Filed}</base:Date>
                  </base:DocumentID>
                </business:ApplicationReference>
                <business:ApplicationReference applType="{type}" dataFormat="standard" sequence="1">
                  <base:DocumentID>
                    <base:WIPOST3Code>CN</base:WIPOST3Code>
                    <base:DocNumber>{CnFileName.Standard(publication)}</base:DocNumber>
                    <base:Date>{publication.Filed}</base:Date>
                  </base:DocumentID>
                </business:ApplicationReference>

            """);
        Classes(document, data);
        page.Add($"""
                <business:InventionTitle lang="zh" dataFormat="original" sourceDB="national office">{prose.Title}</business:InventionTitle>
                <business:Parties>
                  <business:ApplicantDetails>

            """);
        for (int i = 0; i < data.Applicants.Count; i++)
        {
            page.Add($"""
                        <business:Applicant sequence="{i + 1}" appType="applicant" dataFormat="original" lang="zh">
                          <base:AddressBook lang="zh"><base:Name>{data.Applicants[i].Name}</base:Name><base:Address><base:WIPOST3Code>CN</base:WIPOST3Code><base:Text>{data.Applicants[i].Address}</base:Text></base:Address></base:AddressBook>
                        </business:Applicant>

                """);
        }
        page.Raw("      </business:ApplicantDetails>\n      <business:InventorDetails>\n");
        for (int i = 0; i < data.Inventors.Count; i++)
        {
            page.Add($"""
                        <business:Inventor sequence="{i + 1}" dataFormat="original" lang="zh"><base:AddressBook lang="zh"><base:Name>{data.Inventors[i].Name}</base:Name></base:AddressBook></business:Inventor>

                """);
        }
        page.Add($"""
                  </business:InventorDetails>
                  <business:AgentDetails>
                    <business:Agent sequence="1" lang="zh" repType="agent"><base:AddressBook lang="zh"><base:Name>{data.Agent.Name}</base:Name></base:AddressBook></business:Agent>
                  </business:AgentDetails>
                </business:Parties>
              </business:BibliographicData>

            """);
    }

    private static void Classes(SampleDocument document, Bibliography data)
    {
        Utf8Text page = document.Page;
        if (document.Publication.Kind == "S")
        {
            page.Add($"    <business:ClassificationLocarno><business:Edition>14</business:Edition><business:MainClassification>{document.Random.Between(1, 32):D2}-{document.Random.Between(1, 16):D2}</business:MainClassification></business:ClassificationLocarno>\n");
            return;
        }
        page.Raw("    <business:ClassificationIPCRDetails>\n");
        for (int i = 0; i < data.Ipc.Count; i++)
        {
            IpcClass ipc = data.Ipc[i];
            page.Add($"""
                      <business:ClassificationIPCR sequence="{i + 1}">
                        <business:IPCVersionDate>20060101</business:IPCVersionDate>
                        <business:Section>{ipc.Subclass[..1]}</business:Section>
                        <business:MainClass>{ipc.Subclass[1..3]}</business:MainClass>
                        <business:Subclass>{ipc.Subclass[3..]}</business:Subclass>
                        <business:MainGroup>{ipc.Group}</business:MainGroup>
                        <business:Subgroup>{ipc.Subgroup}</business:Subgroup>
                        <base:Text>{ipc.ToString()}</base:Text>
                      </business:ClassificationIPCR>

                """);
        }
        page.Raw("    </business:ClassificationIPCRDetails>\n");
    }

    private static void Abstract(SampleDocument document, Prose prose, IReadOnlyList<string> pictures)
    {
        Utf8Text page = document.Page;
        page.Raw("  <business:Abstract lang=\"zh\" dataFormat=\"original\" sourceDB=\"national office\">\n    <base:Paragraphs num=\"0001\">");
        prose.Paragraph(page, document.Random.Between(450, 900));
        page.Raw("</base:Paragraphs>\n");
        if (pictures.Count > 0)
        {
            page.Add($"    <business:AbstractFigure><base:Figure num=\"0001\"><base:Image he=\"432\" wi=\"640\" file=\"{pictures[0]}\" imgContent=\"drawing\" imgFormat=\"JPEG\"/></base:Figure></business:AbstractFigure>\n");
        }
        page.Raw("  </business:Abstract>\n");
    }

    private static void FullText(SampleDocument document, Prose prose, IReadOnlyList<string> pictures)
    {
        Utf8Text page = document.Page;
        page.Add($"  <business:Description lang=\"zh\" dataFormat=\"original\">\n    <business:InventionTitle id=\"title1\">{prose.Title}</business:InventionTitle>\n");
        int number = 0;
        Section(document, prose, "TechnicalField", "技术领域", document.TextBytes / 50, ref number);
        Section(document, prose, "BackgroundArt", "背景技术", document.TextBytes / 8, ref number);
        Section(document, prose, "Disclosure", "发明内容", document.TextBytes / 5, ref number);
        page.Add($"    <business:DrawingsDescription>\n      <base:Paragraphs num=\"{++number:D4}\">附图说明</base:Paragraphs>\n");
        for (int i = 0; i < pictures.Count; i++)
        {
            page.Add($"      <base:Paragraphs num=\"{++number:D4}\">图{i + 1}为{prose.Things[i % prose.Things.Count]}的示意图；</base:Paragraphs>\n");
        }
        page.Raw("    </business:DrawingsDescription>\n");
        Section(document, prose, "InventionMode", "具体实施方式", document.TextBytes / 2, ref number);
        page.Raw("  </business:Description>\n  <business:Drawings lang=\"zh\">\n");
        for (int i = 0; i < pictures.Count; i++)
        {
            page.Add($"    <base:Figure id=\"f{i + 1:D4}\" num=\"{i + 1:D4}\" figureLabels=\"图{i + 1}\"><base:Image id=\"if{i + 1:D4}\" wi=\"640\" file=\"{pictures[i]}\" imgContent=\"drawing\" imgFormat=\"JPEG\" orientation=\"portrait\" inline=\"no\"/></base:Figure>\n");
        }
        page.Raw("  </business:Drawings>\n  <business:Claims lang=\"zh\" dataFormat=\"original\">\n");
        int claims = document.Random.Between(6, 12);
        for (int claim = 1; claim <= claims; claim++)
        {
            page.Add($"    <business:Claim id=\"cl{claim:D4}\" num=\"{claim:D4}\"><business:ClaimText>{claim}.");
            prose.Claim(page, claim, claim == 1 ? 6 : document.Random.Between(1, 3));
            page.Raw("</business:ClaimText></business:Claim>\n");
        }
        page.Raw("  </business:Claims>\n");
    }

    private static void Section(SampleDocument document, Prose prose, string element, string heading, int bytes, ref int number)
    {
        Utf8Text page = document.Page;
        int end = page.Length + bytes;
        page.Add($"    <business:{element}>\n      <base:Paragraphs num=\"{++number:D4}\">{heading}</base:Paragraphs>\n");
        do
        {
            page.Add($"      <base:Paragraphs num=\"{++number:D4}\">");
            prose.Paragraph(page, document.Random.Between(200, 1200));
            page.Raw("</base:Paragraphs>\n");
        }
        while (page.Length < end);
        page.Add($"    </business:{element}>\n");
    }

    private static void Design(SampleDocument document, Prose prose, IReadOnlyList<string> pictures)
    {
        Utf8Text page = document.Page;
        page.Add($"  <business:DesignBriefExplanation lang=\"zh\">\n    <base:Paragraphs num=\"0001\">1.本外观设计产品的名称：{prose.Title}。</base:Paragraphs>\n    <base:Paragraphs num=\"0002\">2.");
        prose.Paragraph(page, 150);
        page.Add($"</base:Paragraphs>\n    <base:Paragraphs num=\"0003\">3.最能表明设计要点的图片：{Views[^1]}。</base:Paragraphs>\n  </business:DesignBriefExplanation>\n  <business:DesignViews>\n");
        for (int i = 0; i < pictures.Count; i++)
        {
            page.Add($"    <base:Figure id=\"v{i + 1:D4}\" num=\"{i + 1:D4}\" figureLabels=\"{Views[i]}\"><base:Image file=\"{pictures[i]}\" imgContent=\"design\" imgFormat=\"JPEG\"/></base:Figure>\n");
        }
        page.Raw("  </business:DesignViews>\n");
    }
}
