using OpenData.Server.Samples.Drawings;
using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>A publication as a PDF: a front page of text, and scanned pages.</summary>
internal static class PageImages
{
    /// <summary>A folder per publication, as Chinese deliveries have it.</summary>
    public static void WriteFolder(SampleDocument document) => Write(document, $"{document.Publication.Id}/{document.Publication.Id}.PDF");

    /// <summary>A file per publication below <c>Root/DOC</c>, as European deliveries have it.</summary>
    public static void WriteEuropean(SampleDocument document) => Write(document, $"Root/DOC/{document.Publication.Id}.pdf");

    /// <summary>The notice of one publication in the gazette, as a page and as data.</summary>
    public static void WriteGazette(SampleDocument document)
    {
        Publication publication = document.Publication;
        string volume = publication.Kind switch { "U" => "实用新型", "S" => "外观设计", _ => "发明" } + "专利公报";
        string name = $"{volume}/{publication.Id}/{publication.Id}";
        Prose prose = new(Chinese.Language, document.Random);
        Bibliography data = new(Chinese.Language, document.Random);
        document.Page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <GazetteNotice gazette="{volume}" date="{publication.Date}" country="CN" docNumber="{publication.Number}" kind="{publication.Kind}">
              <ApplicationNumber>{CnFileName.WithCheckDigit(publication.Application)}</ApplicationNumber>
              <InventionTitle>{prose.Title}</InventionTitle>
              <Applicant>{data.Applicants[0].Name}</Applicant>
              <Abstract>
            """);
        prose.Paragraph(document.Page, 600);
        document.Page.Raw("</Abstract>\n</GazetteNotice>\n");
        document.Save(name + ".XML");
        Write(document, name + ".PDF");
    }

    private static void Write(SampleDocument document, string name)
    {
        Publication publication = document.Publication;
        Language language = publication.Office == "CN" ? Chinese.Language : English.Language;
        Bibliography data = new(language, document.Random);
        string title = new Prose(language, document.Random).Title;
        PdfFile pdf = new(document.Page, $"{publication.Cited} {title}");
        pdf.TextPage(
            [
                $"(10) {publication.Cited}", $"(43) {publication.Date:yyyy-MM-dd}", $"(21) {publication.Application}", $"(22) {publication.Filed:yyyy-MM-dd}", $"(54) {title}",
                .. data.Applicants.Select(applicant => $"(71) {applicant.Name}"), .. data.Inventors.Select(inventor => $"(72) {inventor.Name}"), .. data.Ipc.Select(ipc => $"(51) {ipc}"),
            ],
            document.Random);
        (int count, int bytes) = document.Pictures(most: 24);
        for (int page = 1; page <= count; page++)
        {
            pdf.ScanPage(Scans.Jpeg.Value.Picture(document.Random, page, publication.Number, bytes));
        }
        pdf.Finish();
        document.Save(name);
    }
}
