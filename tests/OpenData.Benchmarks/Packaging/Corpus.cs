using System.Globalization;
using System.Text;

namespace OpenData.Benchmarks.Packaging;

/// <summary>
/// Writes files to package: ST.36-like XML in invented Chinese and English prose with the repetitions of patents (claims that quote each
/// other, reference signs, boilerplate), and drawings that do not compress. The same numbers give the same bytes.
/// </summary>
internal static class Corpus
{
    private static readonly string[] Chinese = Words(new Random(7), 6000, random => new string([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (char)(0x4E00 + random.Next(2500) * random.Next(1, 8)))]));
    private static readonly string[] English = Words(new Random(8), 9000, random => string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => $"{"bcdfglmnprstv"[random.Next(13)]}{"aeiou"[random.Next(5)]}{"  nrst"[random.Next(6)]}")).Replace(" ", "", StringComparison.Ordinal));

    /// <param name="kind"><c>main</c> (about 44 KB a file, a drawing for every tenth) or <c>tiny</c> (2 KB a file).</param>
    /// <param name="folder">Where to.</param>
    /// <param name="count">How many documents.</param>
    public static void Write(string kind, string folder, int count)
    {
        Random random = new(1);
        for (int i = 0; i < count; i++)
        {
            string below = Directory.CreateDirectory(Path.Combine(folder, (i / (kind == "tiny" ? 1000 : 200)).ToString("000", CultureInfo.InvariantCulture))).FullName;
            string number = string.Create(CultureInfo.InvariantCulture, $"CN{100000000 + i * 37}A");
            if (kind == "tiny")
            {
                File.WriteAllBytes(Path.Combine(below, number + ".XML"), Encoding.UTF8.GetBytes(Document(random, i, 2000))[..2048]);
                continue;
            }
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            File.WriteAllText(Path.Combine(below, number + ".XML"), Document(random, i, (int)Math.Clamp(Math.Exp(10.45 + 0.75 * normal), 5000, 200_000)));
            if (i % 10 == 0)
            {
                byte[] drawing = new byte[random.Next(8000, 80_000)];
                random.NextBytes(drawing);
                drawing.AsSpan(12, 120).Clear();
                "II*\0"u8.CopyTo(drawing);
                File.WriteAllBytes(Path.Combine(below, number + "_0001.TIF"), drawing);
            }
        }
    }

    /// <summary>A document of a little more than so many bytes of UTF-8.</summary>
    public static string Document(Random random, int number, int bytes)
    {
        bool chinese = random.Next(100) < 65;
        string[] words = chinese ? Chinese : English;
        string[] terms = [.. Enumerable.Range(0, Math.Clamp(bytes / 1500, 6, 60)).Select(_ => Word(random, words) + (chinese ? "" : " ") + Word(random, words))];
        List<string> said = [];
        StringBuilder xml = new();
        string country = chinese ? "CN" : "US";
        xml.Append(CultureInfo.InvariantCulture, $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<patent-document lang=\"{(chinese ? "zh" : "en")}\" country=\"{country}\" doc-number=\"{100000000 + number * 37}\" kind=\"A\" date-publ=\"20240102\">\n<bibliographic-data>\n");
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<classification-ipcr sequence=\"{i}\"><section>{(char)('A' + random.Next(8))}</section><class>{random.Next(1, 99):00}</class><subclass>{(char)('A' + random.Next(26))}</subclass><main-group>{random.Next(1, 99)}</main-group><subgroup>{random.Next(99):00}</subgroup></classification-ipcr>\n");
        }
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<applicant sequence=\"{i}\"><addressbook><name>{Word(random, words)}{Word(random, words)}</name><address><address-1>{Word(random, words)} {random.Next(999)}</address-1><postcode>{random.Next(100000, 999999)}</postcode><country>{country}</country></address></addressbook></applicant>\n");
        }
        xml.Append(CultureInfo.InvariantCulture, $"<invention-title>{terms[0]}</invention-title>\n</bibliographic-data>\n<description>\n");
        int characters = chinese ? bytes * 10 / 24 : bytes;
        for (int paragraph = 1; xml.Length < characters * 0.75; paragraph++)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<p id=\"p{paragraph:0000}\" num=\"{paragraph:0000}\">");
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                xml.Append(Sentence(random, chinese, words, terms, said));
            }
            xml.Append("</p>\n");
        }
        xml.Append("</description>\n<claims>\n");
        int written = Encoding.UTF8.GetByteCount(xml.ToString());
        for (int claim = 1; written < bytes + 48; claim++)
        {
            int before = xml.Length;
            string quote = chinese ? $"根据权利要求{random.Next(1, claim + 1)}所述的{terms[0]}，其特征在于，" : $"The {terms[0]} according to claim {random.Next(1, claim + 1)}, wherein ";
            xml.Append(CultureInfo.InvariantCulture, $"<claim id=\"cl{claim:0000}\" num=\"{claim:0000}\"><claim-text>{quote}{Sentence(random, chinese, words, terms, said)}</claim-text></claim>\n");
            written += Encoding.UTF8.GetByteCount(xml.ToString(before, xml.Length - before));
        }
        return xml.Append("</claims>\n</patent-document>\n").ToString();
    }

    private static string Sentence(Random random, bool chinese, string[] words, string[] terms, List<string> said)
    {
        int dice = random.Next(100);
        if (dice < 40 && said.Count > 0)
        {
            return said[random.Next(said.Count)];
        }
        string a = terms[random.Next(terms.Length)];
        string b = terms[random.Next(terms.Length)];
        int sign = random.Next(1, 60) * 2;
        string sentence = dice < 65
            ? chinese
                ? $"如图{random.Next(1, 9)}所示，所述{a}（{sign}）与所述{b}（{sign + 2}）连接，并设置在所述{b}（{sign + 2}）的一侧。"
                : $"As shown in FIG. {random.Next(1, 9)}, the {a} {sign} is coupled to the {b} {sign + 2} and disposed on a side of the {b} {sign + 2}. "
            : string.Join(chinese ? "" : " ", Enumerable.Range(0, random.Next(6, 22)).Select(_ => Word(random, words))) + (chinese ? "。" : ". ");
        if (random.Next(2) == 0)
        {
            said.Add(sentence);
        }
        return sentence;
    }

    // Few words are said often, as in any language.
    private static string Word(Random random, string[] words) => words[(int)(Math.Pow(random.NextDouble(), 2.5) * words.Length)];

    private static string[] Words(Random random, int count, Func<Random, string> word) => [.. Enumerable.Range(0, count).Select(_ => word(random))];
}
