using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using FsCheck;
using FsCheck.Fluent;
using OpenData.Server.Packaging.Inspection.Xml;

namespace OpenData.Tests.Packaging.Inspection;

/// <summary>
/// The scanner of the packaging room against the framework's own reader: on documents made up from the grammar of XML 1.0, and on the same
/// documents with a few characters changed, both must say the same, well formed or not.
/// <para>
/// They are meant to differ in this, and it is left out of the comparison: namespaces (the scanner does not know them; they are turned off in
/// the reader); versions other than 1.0 (the reader refuses 1.1 and takes <c>1.0-</c>); addresses with a fragment; what entities would bring into the document (the scanner expands none); declarations of
/// elements, attributes and notations (passed over); public identifiers; letters beyond ASCII that may not stand in names; U+FFFE and U+FFFF;
/// several documents one after the other (the reader knows one).
/// </para>
/// </summary>
public sealed class XmlDifferentialTests
{
    private static readonly string[] Changes =
        ["<", ">", "&", ";", "\"", "'", "/", "?", "!", "-", "--", "[", "]", "]]>", "#", "x", "=", " ", "\n", ":", "_", "1", "a", "专", "\u0001", "<a>", "</a>", "<!--", "-->", "<?", "?>", "&amp;", "&e;", "%", "<![CDATA["];

    private static Gen<string> Name { get; } = Gen.Elements("a", "b", "专利", "a-b", "x.1", "_", "business:Doc");

    private static Gen<string> Space { get; } = Gen.Elements("", "", " ", "\n", " \t\r\n");

    private static Gen<string> Text { get; } = Gen.Elements("", "text", "说明书", " ", "&amp;", "&#x4E2D;", "&#10;", "&e;", "]]", ">", "\"'", "a ]] > b", "-- ?>", "\r\n");

    private static Gen<string> Attributes { get; } =
        (from name in Name
         from before in Gen.Elements(" ", "\n\t")
         from assign in Gen.Elements("=", " = ", "=\n")
         from value in Gen.Elements("\"\"", "'1'", "\"'\"", "'\"&lt;]]>'", "'中&e;'", "\"a\nb\"", "'&#65;'")
         select (Name: name, Text: before + name + assign + value)).ListOf().Resize(4).Select(list => string.Concat(list.DistinctBy(a => a.Name).Select(a => a.Text)));

    private static Gen<string> Misc { get; } = Gen.Elements("", "", "\n", "<!-- note -->", "<!---->", "<!-- - a - ' < & -->", "<?pi?>", "<?xml-stylesheet href=\"a\"?>", "<?p ? > <?>");

    private static Gen<string> DocumentType { get; } =
        from name in Name
        from external in Gen.Elements("", "", " SYSTEM 'a.dtd'", " PUBLIC \"-//X//Y\" 'a.dtd'", "\nSYSTEM\n\"a\"")
        from subset in (from space in Space
                        from part in Gen.Elements("<!ENTITY e 'é &amp; more'>", "<!ENTITY e \"x\" >", "<!ENTITY % p 'q'>", "<!ENTITY s SYSTEM \"s.xml\">", "<!ENTITY n PUBLIC 'p' 's' NDATA tif>", "<!-- ] > ' -->", "<?pi ]> ?>")
                        select space + part).ListOf().Resize(5)
        from bracketed in Gen.Elements(true, true, false)
        select $"<!DOCTYPE {name}{external}{(bracketed ? $" [<!ENTITY e 'e'><!NOTATION tif SYSTEM 't'>{string.Concat(subset)} ]" : "")}>";

    private static Gen<string> Document { get; } =
        from declaration in Gen.Elements("", "<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "<?xml version = '1.0' encoding='utf-8' standalone=\"yes\" ?>")
        from before in Misc
        from type in Gen.OneOf(Gen.Constant("<!DOCTYPE a [<!ENTITY e 'e'>]>"), DocumentType)
        from between in Misc
        from root in Element(4)
        from after in Misc
        select declaration + before + type + between + root + after;

    [Fact]
    public void Documents_made_up_from_the_grammar_get_the_same_verdict() =>
        Prop.ForAll(Document.ToArbitrary(), document => { ShouldAgree(document); }).Check(Config.QuickThrowOnFailure.WithReplay(1, 3).WithMaxTest(2000));

    [Fact]
    public void Documents_with_a_few_characters_changed_get_the_same_verdict()
    {
        int malformed = 0;
        Prop.ForAll(Document.ToArbitrary(), Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), (document, seed) =>
        {
            Random random = new(seed);
            for (int i = 0; i < 10; i++)
            {
                StringBuilder changed = new(document);
                for (int changes = random.Next(1, 4); changes > 0; changes--)
                {
                    int at = random.Next(changed.Length);
                    changed.Remove(at, Math.Min(random.Next(4), changed.Length - at));
                    changed.Insert(at, random.Next(4) == 0 ? "" : Changes[random.Next(Changes.Length)]);
                }
                malformed += ShouldAgree(changed.ToString()) ? 0 : 1;
            }
        }).Check(Config.QuickThrowOnFailure.WithReplay(1, 3).WithMaxTest(1500));
        malformed.ShouldBeGreaterThan(5000, "else the changes change nothing that matters");
    }

    private static Gen<string> Element(int depth) =>
        from name in Name
        from attributes in Attributes
        from space in Space
        from content in depth == 0 ? Text : Gen.Frequency((2, Text), (3, Content(depth - 1)))
        from empty in Gen.Elements(false, false, true)
        select empty ? $"<{name}{attributes}{space}/>" : $"<{name}{attributes}{space}>{content}</{name}{space}>";

    private static Gen<string> Content(int depth) =>
        Gen.OneOf(Text, Element(depth), Misc, Gen.Elements("<![CDATA[]]>", "<![CDATA[ ]] <&]]]]>", "<![CDATA[说]]>")).ListOf().Resize(4).Select(string.Concat);

    // Whether the document is well formed, as both say.
    private static bool ShouldAgree(string xml)
    {
        XmlInput input = new();
        input.Reset();
        input.Feed(Encoding.UTF8.GetBytes(xml), last: true);
        XmlChecker ours = input.Checker;
        if (IsMeantToDiffer(xml, ours))
        {
            return true;
        }
        string? theirs = FaultOfReader(xml);
        string? fault = ours.Faults.Select(f => f.Message).FirstOrDefault() ?? (ours.Documents == 1 ? null : $"{ours.Documents} documents");
        if (fault is null != theirs is null)
        {
            throw new ShouldAssertException($"The scanner says '{fault ?? "well formed"}', the reader '{theirs ?? "well formed"}', of:\n{xml}");
        }
        return fault is null;
    }

    private static bool IsMeantToDiffer(string xml, XmlChecker ours) =>
        ours.Undefined.Count > 0
        || ours.Faults.Any(f => f.Code is "external-entity")
        || Matches(xml, "<[?]xml[^>]*version") && !Matches(xml, "version *= *[\"']1[.]0[\"']")
        || Matches(xml, "(SYSTEM|PUBLIC)[^>]*#")
        || IsInSubset(xml, "<!NOTATION", whole: "<!NOTATION tif SYSTEM 't'>")
        || Matches(xml, "<!ENTITY[^>]*<")
        || Matches(xml, "PUBLIC[^>]*[&<>\\[\\]专\u0001\"]")
        || Matches(xml, "<!ENTITY[^>]*&e;")
        || xml.Contains("encoding", StringComparison.Ordinal) && !Matches(xml, "encoding=[\"'](UTF|utf)-8[\"']");

    private static bool Matches(string xml, string pattern) => Regex.IsMatch(xml, pattern, RegexOptions.NonBacktracking, TimeSpan.FromSeconds(10));

    private static bool IsInSubset(string xml, string declaration, string whole) =>
        xml.Contains(declaration, StringComparison.Ordinal) != xml.Contains(whole, StringComparison.Ordinal);

    private static string? FaultOfReader(string xml)
    {
        try
        {
            using StringReader text = new(xml);
            using XmlTextReader reader = new(text) { Namespaces = false, Normalization = true, DtdProcessing = DtdProcessing.Parse, XmlResolver = null, EntityHandling = EntityHandling.ExpandEntities };
            while (reader.Read())
            {
            }
            return null;
        }
        catch (XmlException fault)
        {
            return fault.Message;
        }
    }
}
