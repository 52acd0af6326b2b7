using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>A sequence listing: WIPO ST.26 XML, and for older filings WIPO ST.25 text.</summary>
internal static class SequenceListing
{
    private static readonly string[] Organisms = ["Homo sapiens", "Mus musculus", "Escherichia coli", "Saccharomyces cerevisiae", "Oryza sativa", "Bacillus subtilis", "synthetic construct", "Zea mays"];

    public static void Write(SampleDocument document)
    {
        string folder = document.Dataset.Jurisdiction == "EP" ? "Root/DOC/" : "";
        if (document.Random.Chance(70))
        {
            St26(document);
            document.Save($"{folder}{document.Publication.Id}/{document.Publication.Id}.xml");
        }
        else
        {
            St25(document);
            document.Save($"{folder}{document.Publication.Id}/{document.Publication.Id}.txt");
        }
    }

    private static void St26(SampleDocument document)
    {
        Utf8Text page = document.Page;
        SampleRandom random = document.Random;
        Publication publication = document.Publication;
        Bibliography data = new(English.Language, random);
        int count = Math.Max(1, document.TextBytes / 1500);
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <ST26SequenceListing dtdVersion="V1_3" fileName="{publication.Id}.xml" softwareName="OpenData samples" softwareVersion="1" productionDate="{publication.Filed:yyyy-MM-dd}">
              <ApplicationIdentification><IPOfficeCode>{publication.Office}</IPOfficeCode><ApplicationNumberText>{publication.Application}</ApplicationNumberText><FilingDate>{publication.Filed:yyyy-MM-dd}</FilingDate></ApplicationIdentification>
              <ApplicantName languageCode="en">{data.Applicants[0].Name}</ApplicantName>
              <InventionTitle languageCode="en">{new Prose(English.Language, random).Title}</InventionTitle>
              <SequenceTotalQuantity>{count}</SequenceTotalQuantity>

            """);
        for (int i = 1; i <= count; i++)
        {
            bool protein = random.Chance(40);
            int length = random.Between(60, 2000);
            page.Add($"""
                  <SequenceData sequenceIDNumber="{i}"><INSDSeq><INSDSeq_length>{length}</INSDSeq_length><INSDSeq_moltype>{(protein ? "AA" : "DNA")}</INSDSeq_moltype><INSDSeq_division>PAT</INSDSeq_division>
                    <INSDSeq_feature-table><INSDFeature><INSDFeature_key>source</INSDFeature_key><INSDFeature_location>1..{length}</INSDFeature_location><INSDFeature_quals><INSDQualifier><INSDQualifier_name>mol_type</INSDQualifier_name><INSDQualifier_value>{(protein ? "protein" : "other DNA")}</INSDQualifier_value></INSDQualifier><INSDQualifier id="q{i}"><INSDQualifier_name>organism</INSDQualifier_name><INSDQualifier_value>{random.Pick(Organisms)}</INSDQualifier_value></INSDQualifier></INSDFeature_quals></INSDFeature></INSDSeq_feature-table>
                    <INSDSeq_sequence>
                """);
            Residues(page, random, length, protein ? "ACDEFGHIKLMNPQRSTVWY" : "acgt", 0);
            page.Raw("</INSDSeq_sequence></INSDSeq></SequenceData>\n");
        }
        page.Raw("</ST26SequenceListing>\n");
    }

    private static void St25(SampleDocument document)
    {
        Utf8Text page = document.Page;
        SampleRandom random = document.Random;
        Bibliography data = new(English.Language, random);
        int count = Math.Max(1, document.TextBytes / 1500);
        page.Raw($"                         SEQUENCE LISTING\n\n<110>  {data.Applicants[0].Name}\n\n<120>  {new Prose(English.Language, random).Title}\n\n");
        page.Add($"<140>  {document.Publication.Application}\n<141>  {document.Publication.Filed:yyyy-MM-dd}\n\n<160>  {count}\n\n<170>  OpenData samples\n\n");
        for (int i = 1; i <= count; i++)
        {
            int length = random.Between(10, 200) * 10;
            page.Add($"<210>  {i}\n<211>  {length}\n<212>  DNA\n<213>  {random.Pick(Organisms)}\n\n<400>  {i}\n");
            Residues(page, random, length, "acgt", 60);
            page.Raw("\n\n");
        }
    }

    private static void Residues(Utf8Text page, SampleRandom random, int length, string alphabet, int line)
    {
        Span<byte> residues = stackalloc byte[64];
        for (int done = 0; done < length;)
        {
            int count = Math.Min(line == 0 ? 64 : line, length - done);
            ulong bits = random.Next();
            for (int i = 0; i < count; i++, bits >>= 3)
            {
                if (i % 20 == 19)
                {
                    bits = random.Next();
                }
                residues[i] = (byte)alphabet[(int)(bits % (uint)alphabet.Length)];
            }
            page.Raw(residues[..count]);
            done += count;
            if (line > 0)
            {
                page.Add($"  {done}\n");
            }
        }
    }
}
