using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using OpenData.Format;
using OpenData.Server.Packaging;
using OpenData.Server.Packaging.Inspection;
using OpenData.Server.Packaging.Inspection.Xml;

namespace OpenData.Tests.Packaging.Inspection;

/// <summary>What a curator is told of an edition whose files are broken, odd or hostile; and that nothing of it changes what is packaged.</summary>
public sealed class InspectionTests
{
    private const string Declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

    [Theory]
    [InlineData("<a><b>text</a>", "line 2, byte 11", "</a> where </b> was expected")]
    [InlineData("<a>\n<b>", "line 3, byte 4", "the element <b> is not closed")]
    [InlineData("<a>1 & 2</a>", "line 2, byte 6", "&amp;")]
    [InlineData("<a>1 < 2</a>", "line 2, byte 6", "&lt;")]
    [InlineData("<a x=1/>", "line 2, byte 6", "not quoted")]
    [InlineData("<a x='1' x='2'/>", "line 2, byte 10", "stands twice")]
    [InlineData("<a>\u0001</a>", "line 2, byte 4", "U+0001")]
    [InlineData("<a>&nobody;</a>", "line 2, byte 4", "&nobody; is not declared")]
    [InlineData("<a>&#0;</a>", "line 2, byte 4", "no character")]
    [InlineData("<a><!-- -- --></a>", "line 2, byte 9", "'--'")]
    [InlineData("<a>]]></a>", "line 2, byte 4", "']]>'")]
    [InlineData("<a><![CDATA[x</a>", "line 2, byte 18", "CDATA")]
    [InlineData("<a/>tail", "line 2, byte 5", "behind the end")]
    [InlineData("", "line 2, byte 1", "before any element")]
    public async Task Xml_that_is_not_well_formed_is_named_with_line_and_byte(string xml, string place, string message)
    {
        Finding finding = (await FindAsync("CN1A.xml", Declaration + xml)).ShouldHaveSingleItem();

        (finding.Severity, finding.Code, finding.File, finding.Place).ShouldBe((Severity.Error, "malformed-xml", "CN1A.xml", place));
        finding.Message.ShouldContain(message);
        finding.Holds.ShouldBeFalse();
    }

    [Theory]
    [InlineData("<a b='&lt;&#x4E2D;' c=\"'\"><?p i?><!-- c - c --><![CDATA[ ]] <&]]>text ] ]] > &amp;</a>\n<!-- after --><?after?>\n")]
    [InlineData("<!DOCTYPE a [<!ENTITY e '<b>]></b>'><!ATTLIST a b CDATA '>'><!-- ' --><?p \" ?>]><a>&e;</a>")]
    [InlineData("<!DOCTYPE a PUBLIC \"-//X\" 'a.dtd'><a/>")]
    [InlineData("<专利 标题='一种'>说明</专利>")]
    public async Task Well_formed_xml_is_worth_no_word(string xml) => (await FindAsync("CN1A.xml", Declaration + xml)).ShouldBeEmpty();

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    [InlineData("gb18030")]
    [InlineData("gb2312")]
    [InlineData("shift_jis")]
    [InlineData("euc-jp")]
    [InlineData("euc-kr")]
    [InlineData("iso-8859-1")]
    public async Task Xml_in_any_encoding_is_read_as_it_declares(string encoding)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        Encoding of = Encoding.GetEncoding(encoding);
        string text = encoding switch { "iso-8859-1" => "Brücke", "euc-kr" => "한국어", _ => "日本" };
        byte[] good = [.. of.GetPreamble(), .. of.GetBytes($"<?xml version=\"1.0\" encoding=\"{encoding}\"?><a>{text}</a>")];
        byte[] bad = [.. of.GetPreamble(), .. of.GetBytes($"<?xml version=\"1.0\" encoding=\"{encoding}\"?><a>{text}</b>")];

        (await FindAsync("good.xml", good)).ShouldBeEmpty();
        (await FindAsync("bad.xml", bad)).ShouldHaveSingleItem().Message.ShouldContain("</b> where </a>");
    }

    [Fact]
    public async Task Bytes_that_are_no_characters_of_the_encoding_are_named_by_their_place()
    {
        Finding undeclared = (await FindAsync("a.xml", [.. "<a>"u8, 0xD6, 0xD0, .. "</a>"u8])).ShouldHaveSingleItem();
        (undeclared.Code, undeclared.Place).ShouldBe(("invalid-encoding", "byte 3"));

        Finding declared = (await FindAsync("a.xml", [.. "<?xml version='1.0' encoding='gbk'?><a>"u8, 0xD6, 0xFF, .. "</a>"u8])).ShouldHaveSingleItem();
        declared.Message.ShouldContain("gbk");

        (await FindAsync("a.xml", "<?xml version='1.0' encoding='klingon'?><a/>")).ShouldHaveSingleItem().Code.ShouldBe("unknown-encoding");
        (await FindAsync("a.xml", "<?xml version='1.0' encoding='utf-7'?><a/>")).ShouldHaveSingleItem().Code.ShouldBe("unknown-encoding");
        (await FindAsync("a.xml", "<?xml version='1.0' encoding='utf-16'?><a/>")).ShouldHaveSingleItem().Code.ShouldBe("invalid-encoding");
    }

    [Fact]
    public async Task Documents_one_after_the_other_are_counted_and_each_fault_belongs_to_its_own()
    {
        string document = Declaration + "<!DOCTYPE g SYSTEM \"g.dtd\" [ <!ENTITY D1 SYSTEM \"D1.TIF\" NDATA TIF> ]>\n<g><p>text</p></g>\n";
        string broken = Declaration + "<g><p>text</g>\n";

        (await FindAsync("ipg240102.xml", document + document + document)).Select(f => (f.Code, f.Severity)).ShouldBe([("concatenated-documents", Severity.Note)]);
        IReadOnlyList<Finding> findings = await FindAsync("ipg240102.xml", document + broken + Declaration + "<g>" + document + broken);

        findings.Where(f => f.Code == "malformed-xml").Select(f => f.Place).ShouldBe(["line 5, byte 11", "line 7, byte 4", "line 11, byte 11"]);
        findings.ShouldContain(f => f.Message.Contains("holds 5 XML documents", StringComparison.Ordinal));
    }

    [Fact]
    public void Faults_are_the_same_however_the_file_is_cut_into_blocks()
    {
        byte[] xml = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(
            Declaration + "<!DOCTYPE g [<!ENTITY e 'é'><!-- ]> -->]><g a='&e;中'><!-- - --><![CDATA[]] ]]>]]&e;</g>\n" + Declaration + "<g>中<b c='1'></g>\n<?x y?>", 3)));
        XmlFault[] whole = Check(xml, xml.Length).Faults;

        whole.Length.ShouldBe(3);
        for (int block = 1; block < 40; block++)
        {
            (XmlFault[] faults, int documents) = Check(xml, block);
            faults.ShouldBe(whole, $"blocks of {block}");
            documents.ShouldBe(6);
        }
    }

    [Fact]
    public async Task Entities_are_never_expanded_and_a_bomb_is_named()
    {
        StringBuilder laughs = new("<?xml version='1.0'?><!DOCTYPE l [<!ENTITY l0 'lol'>");
        for (int i = 1; i < 30; i++)
        {
            laughs.Append(System.Globalization.CultureInfo.InvariantCulture, $"<!ENTITY l{i} '{string.Concat(Enumerable.Repeat($"&l{i - 1};", 10))}'>");
        }
        (await FindAsync("laughs.xml", laughs + "]><l>&l29;</l>")).ShouldHaveSingleItem().Code.ShouldBe("xml-bomb");
        (await FindAsync("loop.xml", "<!DOCTYPE l [<!ENTITY a '&b;'><!ENTITY b '&a;'>]><l>&a;</l>")).ShouldHaveSingleItem().Code.ShouldBe("xml-bomb");
        (await FindAsync("quadratic.xml", $"<!DOCTYPE l [<!ENTITY a '{new string('a', 100_000)}'>]><l>{string.Concat(Enumerable.Repeat("&a;", 1000))}</l>")).ShouldHaveSingleItem().Code.ShouldBe("xml-bomb");
    }

    [Fact]
    public async Task An_address_in_an_xml_file_is_never_opened()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        string address = $"http://{listener.LocalEndpoint}/x";

        IReadOnlyList<Finding> findings = await FindAsync(
            "CN1A.xml", $"<!DOCTYPE a SYSTEM '{address}' [<!ENTITY % p SYSTEM '{address}'> %p; <!ENTITY e SYSTEM '{address}'>]><a xmlns='{address}'>&e;&e;&elsewhere;</a>");

        findings.Select(f => (f.Severity, f.Code)).ShouldBe([(Severity.Warning, "external-entity"), (Severity.Note, "undeclared-entity")]);
        findings[0].Message.ShouldContain(address);
        listener.Pending().ShouldBeFalse("nobody may connect");
    }

    [Fact]
    public async Task Xml_beyond_the_limits_is_given_up_by_name()
    {
        (await FindAsync("deep.xml", string.Concat(Enumerable.Repeat("<a>", 3_000_000 / 3)))).ShouldHaveSingleItem().Code.ShouldBe("xml-limit");
        (await FindAsync("tag.xml", "<a b='" + new string('x', 9_000_000) + "'/>")).ShouldHaveSingleItem().Code.ShouldBe("xml-limit");
        string attributes = string.Concat(Enumerable.Range(0, 50_000).Select(i => $" a{i}='1'"));
        (await FindAsync("attributes.xml", $"<a{attributes}/>")).ShouldBeEmpty();
    }

    [Fact]
    public void No_bytes_make_the_checker_fail_or_hang()
    {
        byte[] seed = Encoding.UTF8.GetBytes(Declaration + "<!DOCTYPE g SYSTEM 'x' [<!ENTITY e 'é'><!ENTITY f SYSTEM 'f'>]><g a='&e;'><!-- - --><![CDATA[]]]><b/>&f;&#12;</g>");
        byte[] zip = Zip(("a/b.xml", seed), ("c", Zip(("d", seed))));
        Random random = new(1);
        Inspector inspector = new();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] mutated = [.. i % 2 == 0 ? seed : zip];
            for (int j = random.Next(1, 6); j > 0; j--)
            {
                mutated[random.Next(mutated.Length)] = (byte)(random.Next(3) == 0 ? "<>&;[]!-'\"?/\0\xFF"[random.Next(14)] : random.Next(256));
            }
            inspector.Inspect(i % 2 == 0 ? "a.xml" : "a.zip", mutated, random.Next(mutated.Length / 2, mutated.Length + 1));
            inspector.TakeFindings().ShouldAllBe(finding => finding.Code != "not-inspected");
        }
    }

    [Theory]
    [InlineData("a.jpg", "II*\0rest", "TIFF")]
    [InlineData("a.TIF", "\u00FF\u00D8\u00FFrest", "JPEG")]
    [InlineData("a.pdf", "GIF89a", "GIF")]
    [InlineData("a.xml", "PK\u0005\u0006aaaaaaaaaaaaaaaaaa", "zip")]
    [InlineData("a.xml", "%PDF-1.4", "PDF")]
    [InlineData("a.csv", "\u0000\u0001\u0002", "nothing known")]
    [InlineData("a.zip", "<html>", "markup")]
    public async Task Content_that_is_not_what_the_name_says_is_named(string name, string content, string found)
    {
        Finding finding = (await FindAsync(name, Encoding.Latin1.GetBytes(content)))[0];

        (finding.Severity, finding.Code, finding.File).ShouldBe((Severity.Warning, "content-mismatch", name));
        finding.Message.ShouldContain(found);
    }

    [Theory]
    [InlineData("a.jpg", "\u00FF\u00D8\u00FF")]
    [InlineData("a.tif", "MM\0*")]
    [InlineData("a.tiff", "II+\0")]
    [InlineData("a.pdf", "junk before\n%PDF-1.4")]
    [InlineData("a.txt", "<SDO>")]
    [InlineData("a.html", "\u00EF\u00BB\u00BF\r\n<html>")]
    [InlineData("a.unknown", "\0\0\0")]
    public async Task Content_that_is_what_the_name_says_is_worth_no_word(string name, string content) =>
        (await FindAsync(name, Encoding.Latin1.GetBytes(content))).ShouldBeEmpty();

    [Fact]
    public async Task Archives_that_do_not_open_are_named()
    {
        byte[] good = Zip(("a.xml", new byte[10_000]), ("folder/b.xml", "<b/>"u8.ToArray()));
        byte[] damaged = [.. good];
        damaged[60] ^= 0xFF;
        byte[] gzip = Gzip(new byte[100_000]);

        (await FindAsync("good.zip", good)).ShouldBeEmpty();
        (await FindAsync("good.gz", gzip)).ShouldBeEmpty();
        (await FindAsync("cut.zip", good[..^30])).ShouldHaveSingleItem().Code.ShouldBe("broken-archive");
        (await FindAsync("head-cut.zip", good[..40])).ShouldHaveSingleItem().Code.ShouldBe("broken-archive");
        (await FindAsync("damaged.zip", damaged)).ShouldHaveSingleItem().Code.ShouldBe("broken-archive");
        (await FindAsync("cut.gz", gzip[..^20])).ShouldHaveSingleItem().Code.ShouldBe("broken-archive");
        (await FindAsync("stub.zip", [.. "PK\u0003\u0004stub"u8, .. good])).ShouldHaveSingleItem().Code.ShouldBe("odd-archive");
        (await FindAsync("names.zip", Zip(("../../up", [])))).ShouldHaveSingleItem().Code.ShouldBe("hostile-nested-name");
    }

    [Fact]
    public async Task An_archive_that_readers_will_not_agree_on_is_named()
    {
        byte[] renamed = Zip(("a.xml", new byte[10_000]));
        renamed[30] = (byte)'b';
        byte[] lying = Zip(("a.xml", new byte[20_000_000]));
        int directory = lying.AsSpan().IndexOf("PK\u0001\u0002"u8);
        lying.AsSpan(directory + 24, 4).Clear();

        (await FindAsync("renamed.zip", renamed)).ShouldHaveSingleItem().Code.ShouldBe("odd-archive");
        (await FindAsync("lying.zip", lying)).ShouldHaveSingleItem().Code.ShouldBe("archive-bomb");
    }

    [Fact]
    public async Task An_archive_that_opens_to_a_thousand_times_its_size_is_carried_and_named()
    {
        byte[] bomb = Zip(("zeros", new byte[300_000_000]));
        byte[] gzipBomb = Gzip(new byte[50_000_000]);

        (await FindAsync("bomb.zip", bomb)).ShouldHaveSingleItem().Code.ShouldBe("archive-bomb");
        (await FindAsync("bomb.gz", gzipBomb)).ShouldHaveSingleItem().Code.ShouldBe("archive-bomb");
        (await FindAsync("outer.zip", Zip(("bomb.zip", bomb)))).ShouldHaveSingleItem().Code.ShouldBe("archive-bomb");
    }

    [Fact]
    public async Task Archives_inside_archives_are_opened_three_deep()
    {
        byte[] archive = Zip(("a", [1]));
        archive = Zip(("2.zip", archive));
        archive = Zip(("1.zip", archive));
        (await FindAsync("three.zip", archive)).ShouldBeEmpty();

        Finding finding = (await FindAsync("four.zip", Zip(("0.zip", archive)))).ShouldHaveSingleItem();

        (finding.Code, finding.Severity).ShouldBe(("nested-too-deep", Severity.Warning));
    }

    [Fact]
    public async Task Files_too_large_for_memory_are_looked_at_as_well()
    {
        string filler = "<p>" + new string('x', 1000) + "\n</p>";
        string xml = Declaration + "<a>" + string.Concat(Enumerable.Repeat(filler, 6000)) + "</b>";
        byte[] noise = new byte[6_000_000];
        new Random(1).NextBytes(noise);
        byte[] zip = Zip(("noise", noise), ("../up", [1]));

        (await FindAsync("large.xml", xml)).ShouldHaveSingleItem().Place.ShouldBe("line 6002, byte 5");
        (await FindAsync("large.zip", zip)).ShouldHaveSingleItem().Code.ShouldBe("hostile-nested-name");
        (await FindAsync("cut.zip", zip[..^25])).ShouldHaveSingleItem().Code.ShouldBe("broken-archive");
        (await FindAsync("large.tif", zip)).ShouldContain(f => f.Code == "content-mismatch");
    }

    [Fact]
    public async Task Names_are_judged_too()
    {
        SampleDelivery delivery = new SampleDelivery()
            .With("1/CN1A.XML", "<a/>").With("2/CN1A.xml", "<a/>").With("2/CN2A.XML", "<a/>").With("2/CN2A.TIF", "II*\0")
            .With("1/index.xml", "<a/>").With("2/index.xml", "<a/>").With("2/Thumbs.db", "x").With("e\u0301.txt", "x").With("empty.xml", "");

        Package package = await PackagingKit.PackageAsync(delivery, new DiscardingBlobStore(TimeProvider.System));

        package.Findings.Select(f => (f.Code, f.File)).ShouldBe(
            [("duplicate-document", "2/CN1A.xml"), ("left-behind", "2/Thumbs.db"), ("empty-file", "empty.xml"), ("name-not-normalized", "e\u0301.txt")]);
        package.FindingCounts.ShouldBe(new FindingCounts(0, 1, 3));
    }

    [Fact]
    public async Task All_findings_are_in_the_file_beside_the_archives_in_one_order_with_any_number_of_workers()
    {
        SampleDelivery delivery = new() { Authority = "CN,9999,A,20240102" };
        for (int i = 0; i < 1500; i++)
        {
            delivery.With($"{i % 7}/CN{i}A.XML", i % 3 == 0 ? "<a>" : i % 3 == 1 ? "" : "\u0000");
        }
        byte[]? first = null;
        foreach (int workers in (int[])[1, 2, 7])
        {
            using PackagingKit kit = new();
            Package package = await kit.PackageAsync(delivery, writer: PackagingKit.Writer(workers: workers));
            byte[] file = File.ReadAllBytes(kit.PathOf(PackagingKit.Release.FindingsName));
            (first ??= file).ShouldBe(file);
            package.Files.ShouldContain(new StoredFile(PackagingKit.Release.FindingsName, file.Length, Sha256Digest.Of(file)));
            package.FindingCounts.ShouldBe(new FindingCounts(501, 2000, 500));
            package.Findings.Count.ShouldBeLessThan(600);
            (await kit.RunAsync("sh", "-c", $"zcat '{kit.PathOf(PackagingKit.Release.FindingsName)}' | wc -l")).Trim().ShouldBe("3001");
        }
        using GZipStream lines = new(new MemoryStream(first!), CompressionMode.Decompress);
        using StreamReader reader = new(lines);
        JsonElement line = JsonDocument.Parse((await reader.ReadLineAsync())!).RootElement;
        line.GetProperty("severity").GetString().ShouldBe("note");
        line.GetProperty("code").GetString().ShouldBe("empty-file");
        line.GetProperty("file").GetString().ShouldBe("0/CN1015A.XML");
        line.GetProperty("sentence").GetRawText().ShouldBe("""["empty","0/CN1015A.XML"]""");
    }

    private static Task<IReadOnlyList<Finding>> FindAsync(string name, string content) => FindAsync(name, Encoding.UTF8.GetBytes(content));

    // A sound file before and one behind: neither is to be disturbed, and the bytes of all are carried.
    private static async Task<IReadOnlyList<Finding>> FindAsync(string name, byte[] content)
    {
        using PackagingKit kit = new();
        SampleDelivery delivery = new SampleDelivery().With("!.xml", "<sound/>").With(name, content).With("~.xml", "<sound/>");
        Package package = await kit.PackageAsync(delivery);
        IReadOnlyDictionary<string, byte[]> carried = kit.Unzip(PackagingKit.Release.ArchiveName(1));
        carried[name].AsSpan().SequenceEqual(content).ShouldBeTrue("it is carried byte for byte");
        package.Findings.Where(finding => finding.File is null || finding.File != name).ShouldBeEmpty();
        foreach (Finding finding in package.Findings)
        {
            finding.Sentence.ShouldNotBeNull(finding.Message).English.ShouldBe(finding.Message);
            finding.Sentence.Say(inChinese: true).ShouldContain("“", Case.Sensitive, finding.Message);
        }
        return package.Findings;
    }

    private static (XmlFault[] Faults, int Documents) Check(byte[] xml, int block)
    {
        XmlInput input = new();
        input.Reset();
        XmlChecker checker = input.Checker;
        for (int at = 0; at < xml.Length; at += block)
        {
            checker.Feed(xml.AsSpan(at, Math.Min(block, xml.Length - at)), at + block >= xml.Length);
        }
        return ([.. checker.Faults], checker.Documents);
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using MemoryStream file = new();
        using (ZipArchive zip = new(file, ZipArchiveMode.Create))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }
        return file.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream file = new();
        using (GZipStream gzip = new(file, CompressionLevel.Optimal))
        {
            gzip.Write(content);
        }
        return file.ToArray();
    }
}
