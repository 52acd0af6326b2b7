using OpenData.Server.Samples.Text;

namespace OpenData.Server.Samples;

/// <summary>Writes the authority file of an edition: WIPO ST.37 in its text form, <c>office,number,kind,date[,exception]</c>, one publication a line.</summary>
internal static class AuthorityLines
{
    // ST.37, exception codes: W withdrawn before publication, N number not used.
    private static readonly string[] Exceptions = ["W", "N"];

    /// <param name="delivered">What the edition holds, in order.</param>
    /// <param name="excepted">Numbers for which there is no document.</param>
    /// <param name="to">An empty page.</param>
    public static void Write(IEnumerable<Publication> delivered, IReadOnlyList<Publication> excepted, Utf8Text to)
    {
        foreach (Publication publication in delivered)
        {
            to.Add($"{publication.Office},{publication.Listed.Number},{publication.Listed.Kind},{publication.Date}\n");
        }
        for (int i = 0; i < excepted.Count; i++)
        {
            Publication publication = excepted[i];
            to.Add($"{publication.Office},{publication.Listed.Number},{publication.Listed.Kind},{publication.Date},{Exceptions[i % Exceptions.Length]}\n");
        }
    }
}
