using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>The legal events of one patent: Chinese ones as <c>business:PRSRecord</c>, European ones as legal-status-documents v1.2.8, with codes of the kind of WIPO ST.27.</summary>
internal static class LegalStatus
{
    private static readonly (string Code, string Value, string Information)[] Chinese =
    [
        ("A-1-1-F10-F11-nap-PB01", "公布", "公布"), ("B-2-2-D10-D11-exm-SE01", "实质审查的生效", "IPC(主分类)："), ("C-4-4-F10-F13-grt-GR01", "授权", "授权"),
        ("D-6-6-H10-H13-rjc-RJ01", "发明专利申请公布后的驳回", "驳回决定日："), ("D-6-6-U10-U11-wda-WD01", "发明专利申请公布后的视为撤回", "申请公布日："),
        ("F-4-6-H10-H14-trm-CF01", "专利权的终止", "未缴年费专利权终止"), ("F-4-4-R10-R13-asn-TR01", "专利申请权、专利权的转移", "变更事项：专利权人"),
        ("F-4-4-L10-L11-lic-EE01", "专利实施许可合同备案的生效", "合同备案号："), ("F-4-4-P10-P11-pld-PE01", "专利权质押合同登记的生效", "登记号："),
        ("G-4-6-N10-N12-inv-IW01", "专利权全部无效", "无效宣告决定号："), ("F-4-4-R10-R17-chg-CP01", "专利权人的姓名或者名称、地址的变更", "变更事项：地址"),
    ];

    private static readonly (string Code, string Description, string Effect)[] European =
    [
        ("17P", "REQUEST FOR EXAMINATION FILED", "+"), ("AK", "DESIGNATED CONTRACTING STATES", "+"), ("17Q", "FIRST EXAMINATION REPORT DESPATCHED", "+"),
        ("GRAP", "DESPATCH OF COMMUNICATION OF INTENTION TO GRANT A PATENT", "+"), ("REG", "REFERENCE TO A NATIONAL CODE", " "), ("26N", "NO OPPOSITION FILED", "+"),
        ("PG25", "LAPSED IN A CONTRACTING STATE", "-"), ("PGFP", "ANNUAL FEE PAID TO NATIONAL OFFICE", "+"), ("18D", "APPLICATION DEEMED TO BE WITHDRAWN", "-"), ("RAP1", "PARTY DATA CHANGED", " "),
    ];

    public static void WriteChinese(SampleDocument document)
    {
        Publication publication = document.Publication;
        SampleRandom random = document.Random;
        Utf8Text page = document.Page;
        int events = Math.Max(1, document.TextBytes / 900);
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <business:PRS xmlns:base="http://www.sipo.gov.cn/XMLSchema/base" xmlns:business="http://www.sipo.gov.cn/XMLSchema/business" givenTime="{publication.Date}" num="{events}">

            """);
        for (int i = 0; i < events; i++)
        {
            (string code, string value, string information) = random.Pick(Chinese);
            page.Add($"""
                  <business:PRSRecord PRSID="PRS{publication.Number}{i + 1:D3}">
                    <business:ApplicationReference dataFormat="original"><base:DocumentID><base:WIPOST3Code>CN</base:WIPOST3Code><base:DocNumber>{CnFileName.WithCheckDigit(publication.Application)}</base:DocNumber><base:Date>{publication.Filed}</base:Date></base:DocumentID></business:ApplicationReference>
                    <business:PublicationReference dataFormat="standard"><base:DocumentID><base:WIPOST3Code>CN</base:WIPOST3Code><base:DocNumber>{publication.Number}</base:DocNumber><base:Kind>{publication.Kind}</base:Kind></base:DocumentID></business:PublicationReference>
                    <business:IPRType>{(publication.Kind switch { "U" => "20", "S" => "30", _ => "10" })}</business:IPRType>
                    <business:PRSPublicationDate><base:Date>{publication.Date.AddDays(-i * random.Between(7, 200))}</base:Date></business:PRSPublicationDate>
                    <business:PRSCode>{code}</business:PRSCode>
                    <business:PRSValue>{value}</business:PRSValue>
                    <business:PRSInformation>{information}{random.Between(10_000_000, 99_999_999)}；{Bibliography.Person(Text.Chinese.Language, random)}</business:PRSInformation>
                    <business:StatusIndicator>N</business:StatusIndicator>
                  </business:PRSRecord>

                """);
        }
        page.Raw("</business:PRS>\n");
        document.Save($"{publication.Id}.XML");
    }

    public static void WriteEuropean(SampleDocument document)
    {
        Publication publication = document.Publication;
        SampleRandom random = document.Random;
        Utf8Text page = document.Page;
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <legal-status-documents dtd-version="1.2.8" date-of-exchange="{publication.Date}">
            <legal-status-document country="EP" doc-number="{publication.Application}" kind="A" publication="{publication.Id}">

            """);
        for (int i = Math.Max(1, document.TextBytes / 450); i > 0; i--)
        {
            (string code, string description, string effect) = random.Pick(European);
            DateOnly on = publication.Date.AddDays(-random.Between(0, 2500));
            page.Add($"""
                <legal code="{code}" desc="{description}" infl="{effect}"><L001EP>EP</L001EP><L002EP>F</L002EP><L003EP>{publication.Application}</L003EP><L004EP>A</L004EP><L005EP>PI</L005EP><L007EP>{on:yyyy-MM-dd}</L007EP><L008EP>{code}</L008EP><L018EP>{publication.Date:yyyy-MM-dd}</L018EP><L500EP><L501EP>{random.Pick(["DE", "FR", "GB", "IT", "ES", "NL", "CH"])}</L501EP><L520EP>{random.Between(3, 20)}</L520EP><L525EP>{on.AddDays(-random.Between(1, 90))}</L525EP></L500EP></legal>

                """);
        }
        page.Raw("</legal-status-document>\n</legal-status-documents>\n");
        document.Save($"Root/DOC/{publication.Id}.xml");
    }
}
