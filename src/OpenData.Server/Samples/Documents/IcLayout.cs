using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>An announcement about an integrated-circuit layout design: registration (with an image), change or transfer, termination, revocation.</summary>
internal static class IcLayout
{
    private static readonly string[] Names = ["电源管理芯片", "射频收发模块", "闪存控制单元", "图像传感器读出电路", "高速串行接口", "时钟发生器", "模数转换器", "电机驱动芯片", "蓝牙低功耗芯片", "LED恒流驱动", "电池保护电路", "音频功率放大器"];
    private static readonly string[] Processes = ["55nm CMOS工艺", "28nm工艺", "0.18μm BCD工艺", "40nm嵌入式闪存工艺", "GaAs pHEMT工艺", "SOI工艺"];

    public static void Write(SampleDocument document)
    {
        Publication publication = document.Publication;
        SampleRandom random = document.Random;
        Bibliography data = new(Chinese.Language, random);
        Utf8Text page = document.Page;
        string[] pictures = [.. Figures.Write(document, publication.Number + "/", figure => $"{publication.Number}_{figure}", ".jpg", 2)];
        string layout = $"基于{random.Pick(Processes)}的{random.Pick(Names)}{(char)('A' + random.Below(26))}{random.Between(100, 9999)}";
        string root = document.Dataset.Content switch
        {
            "ic-registration" => "LayoutDesignRegistration",
            "ic-affairs" => "LayoutDesignAffair",
            "ic-termination" => "LayoutDesignTermination",
            _ => "LayoutDesignRevocation",
        };
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <{root} lang="zh" datePublication="{publication.Date:yyyy-MM-dd}">
              <RegistrationNumber>{publication.Number}</RegistrationNumber>
              <LayoutDesignName>{layout}</LayoutDesignName>
              <RightHolder><Name>{data.Applicants[0].Name}</Name><Address>{data.Applicants[0].Address}</Address></RightHolder>

            """);
        foreach (Party creator in data.Inventors)
        {
            page.Add($"  <Creator>{creator.Name}</Creator>\n");
        }
        page.Add($"  <FilingDate>{publication.Filed:yyyy-MM-dd}</FilingDate>\n  <AnnouncementDate>{publication.Date:yyyy-MM-dd}</AnnouncementDate>\n");
        switch (document.Dataset.Content)
        {
            case "ic-registration":
                page.Add($"  <FirstCommercialExploitation>{publication.Filed.AddDays(-random.Between(30, 700)):yyyy-MM-dd}</FirstCommercialExploitation>\n");
                break;
            case "ic-affairs":
                Party now = new Bibliography(Chinese.Language, random).Applicants[0];
                page.Add($"  <Affair type=\"{random.Pick(["专有权的转移", "权利人名称变更", "权利人地址变更"])}\"><Before>{data.Applicants[0].Name}</Before><After>{now.Name}，{now.Address}</After><Effective>{publication.Date.AddDays(-20):yyyy-MM-dd}</Effective></Affair>\n");
                break;
            case "ic-termination":
                page.Add($"  <Termination reason=\"{random.Pick(["保护期届满", "权利人放弃"])}\"><Effective>{publication.Date.AddDays(-10):yyyy-MM-dd}</Effective></Termination>\n");
                break;
            default:
                page.Add($"  <Revocation decision=\"集成电路布图设计撤销第{random.Between(10, 99)}号\" article=\"{random.Pick(["第四条", "第五条", "第十二条"])}\"><Effective>{publication.Date.AddDays(-15):yyyy-MM-dd}</Effective></Revocation>\n");
                break;
        }
        foreach (string picture in pictures)
        {
            page.Add($"  <LayoutImage file=\"{picture}\"/>\n");
        }
        page.Add($"</{root}>\n");
        document.Save($"{publication.Number}/{publication.Number}.xml");
    }
}
