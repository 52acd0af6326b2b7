using System.Text.Json;
using System.Text.RegularExpressions;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Packaging.Inspection;
using OpenData.Server.Releases;
using OpenData.Server.Web.Reading;
using OpenData.Tests.Deploy;

namespace OpenData.Tests.Packaging;

/// <summary>What findings say is there for readers of both languages, and stays so when it is stored.</summary>
public sealed class PhraseTests
{
    [Fact]
    public void Every_phrase_is_in_both_languages_with_the_same_places()
    {
        Phrases.All.Count.ShouldBeGreaterThan(200);
        Phrases.All.Select(phrase => phrase.Name).ShouldBeUnique();
        foreach (Phrase phrase in Phrases.All)
        {
            phrase.IsEven.ShouldBeTrue(phrase.Name);
            phrase.Name.ShouldMatch("^[a-z0-9-]+$");
            object[] values = [.. Enumerable.Range(0, phrase.Places).Select(place => (object)"1")];
            Sentence sentence = phrase.With(values);
            sentence.English.ShouldNotContain("{", Case.Sensitive, phrase.Name);
            IsChinese(sentence.English).ShouldBeFalse(phrase.Name);
            (IsChinese(sentence.Say(inChinese: true)) || phrase.Name is "or" or "then" or "as-typed").ShouldBeTrue(phrase.Name);
        }
    }

    [Fact]
    public void Every_kind_of_finding_has_a_title_in_both_languages()
    {
        // The kinds as the program writes them: a new one cannot be forgotten.
        string[] kinds =
        [
            .. new[] { "Packaging", "Scheduling" }
                .SelectMany(room => Directory.EnumerateFiles(Path.Combine(DeployFolder.Path, "../src/OpenData.Server", room), "*.cs", SearchOption.AllDirectories))
                .SelectMany(file => Regex.Matches(File.ReadAllText(file), """Severity\.\w+,\s*"(?<kind>[a-z-]+)"|const string \w+ = "(?<kind>(?:xml|malformed)-[a-z-]+)"|"(?<kind>xml-bomb|external-entity)""", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)))
                .Select(match => match.Groups["kind"].Value).Concat(["unusual-documents", "unusual-files", "unusual-bytes", PackagePlan.WithdrawnDocument]).Distinct(),
        ];
        kinds.Length.ShouldBeGreaterThan(35);
        foreach (string kind in kinds)
        {
            Reader.Of(SiteLanguage.En).Word("Finding", kind).ShouldNotBe(kind);
            IsChinese(Reader.Of(SiteLanguage.Zh).Word("Finding", kind)).ShouldBeTrue(kind);
        }
    }

    [Fact]
    public void A_sentence_is_stored_and_read_again_with_the_sentences_in_it()
    {
        Finding finding = new(Severity.Error, "malformed-xml", "a.xml", Phrases.NotWellFormed.With("a.xml", Phrases.LineAndByte.With(3, 7L), Phrases.EndTagOther.With("a", "b")), Holds: true, Place: "line 3, byte 7");

        finding.Message.ShouldBe("The file 'a.xml' is not well-formed XML in line 3, byte 7: </a> where </b> was expected.");
        string json = JsonSerializer.Serialize([finding], ReleasesJson.Default.IReadOnlyListFinding);
        JsonDocument.Parse(json).RootElement[0].GetProperty("sentence").GetRawText().ShouldBe(
            JsonSerializer.Serialize(new object[] { "not-well-formed", "a.xml", new object[] { "line-byte", 3, 7 }, new object[] { "end-tag-other", "a", "b" } }));
        Finding read = JsonSerializer.Deserialize(json, ReleasesJson.Default.IReadOnlyListFinding)!.Single();
        (read.Message, read.Holds, read.Place).ShouldBe((finding.Message, true, "line 3, byte 7"));
        read.Sentence!.English.ShouldBe(finding.Message);
        read.Sentence.Say(inChinese: true).ShouldBe("文件“a.xml”在第 3 行第 7 字节处不是格式良好的 XML：此处应为 </b>，实为 </a>。");
        Reader.Of(SiteLanguage.Zh).Place(read.Place).ShouldBe("第 3 行第 7 字节");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("\"more\"")]
    [InlineData("[\"of-a-later-version\",1]")]
    [InlineData("[\"not-well-formed\",\"a.xml\"]")]
    [InlineData("[\"not-well-formed\",\"a.xml\",{},[\"tag-not-closed\"]]")]
    [InlineData("[\"not-well-formed\",\"a.xml\",[\"nobody\"],[\"tag-not-closed\"]]")]
    public void What_is_no_sentence_leaves_the_English_text(string sentence)
    {
        string json = $$"""[{"severity":"error","code":"malformed-xml","file":"a.xml","message":"It is broken.","holds":false,"sentence":{{sentence}}}]""";
        Finding read = JsonSerializer.Deserialize(json, ReleasesJson.Default.IReadOnlyListFinding)!.Single();
        (read.Message, read.Sentence).ShouldBe(("It is broken.", null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("a\u202Eb")]
    [InlineData("a\uD800b")]
    [InlineData("a//b")]
    [InlineData("../a")]
    public void Why_a_name_is_refused_is_known(string name) => Phrases.Known(EntryName.Fault(name).ShouldNotBeNull()).ShouldBeOfType<Sentence>().English.ShouldBe(EntryName.Fault(name));

    [Fact]
    public void What_other_rooms_say_is_known()
    {
        string[] said =
        [
            EntryName.Fault(new string('a', 300))!,
            EntryName.Fault(string.Join('/', Enumerable.Repeat(new string('a', 200), 40)))!,
            .. Enum.GetValues<MediaFormat>().Select(format => format.Describe()).Where(text => text.StartsWith('a') || text is "text" or "markup (<)" or "nothing known"),
            "it is a symbolic link", "it is a socket", "it is a folder below 64 others", "its name is not valid UTF-8: the bytes ff",
            "it is longer than 1024 characters", "expected office,number,kind,date[,exception], found 2 fields", "the office 'XXX' is not a code of two letters (WIPO ST.3)",
            "the number 'A' has no digit", "the kind '??' is not a kind code (WIPO ST.16)", "the date '1' is not yyyyMMdd or yyyy-MM-dd",
        ];
        foreach (string text in said)
        {
            Phrases.Known(text).ShouldBeOfType<Sentence>(text).English.ShouldBe(text);
        }
        Phrases.Known("something that nobody says").ShouldBe("something that nobody says");
    }

    private static bool IsChinese(string text) => text.Any(c => c is >= '\u4E00' and <= '\u9FFF');
}
