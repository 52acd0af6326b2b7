using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples.Documents;

/// <summary>The files that go with a European delivery: index.xml with the first and last document, statistics, contents and volume id.</summary>
internal static class EpContents
{
    public static void Write(DeliveryFolder folder, Utf8Text page, string dataset, DateOnly date, IReadOnlyList<Publication> publications)
    {
        page.Add($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <package-file-list dataset="{dataset}" date-of-exchange="{date}">
              <package-file filename="DOC" documents="{publications.Count}" size="{folder.Bytes}" first="{publications[0].Id}" last="{publications[^1].Id}"/>
            </package-file-list>

            """);
        Save("index.xml");
        page.Raw("country,kind,first,last,documents\n");
        foreach (IGrouping<string, Publication> kind in publications.GroupBy(publication => publication.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal))
        {
            page.Add($"EP,{kind.Key},{kind.First().Number},{kind.Last().Number},{kind.Count()}\n");
        }
        Save("STATISTICS.csv");
        page.Add($"{dataset}\nDOC/\nindex.xml\nSTATISTICS.csv\n");
        Save("CONTENTS");
        page.Add($"{dataset.Replace("-", "", StringComparison.Ordinal)}{date}\n");
        Save("VOLUMEID");

        void Save(string name)
        {
            folder.Write("Root/" + name, page);
            page.Clear();
        }
    }
}
