using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Storage;
using OpenData.Tests.Packaging;

namespace OpenData.Tests.Scheduling;

/// <summary>Which editions wait for a curator: by the dataset's rules and the editions before.</summary>
public sealed class CompletenessTests
{
    private static readonly HoldRules Half = new(Documents: 0.5, Bytes: 0.5);

    [Theory]
    [InlineData(1000, 50_000, "")]
    [InlineData(500, 25_000, "")]
    [InlineData(1500, 75_000, "")]
    [InlineData(499, 50_000, "unusual-documents")]
    [InlineData(1501, 50_000, "unusual-documents")]
    [InlineData(1000, 24_999, "unusual-bytes")]
    [InlineData(1000, 75_001, "unusual-bytes")]
    public void An_edition_far_from_the_median_is_held(long documents, long bytes, string code)
    {
        Package judged = Completeness.Judge(Packed(documents, entries: 2000, bytes), Half, Before(900, 1000, 5, 1_000_000, 1000));

        judged.Findings.Where(finding => finding.Holds).Select(finding => finding.Code).ShouldBe(code.Length == 0 ? [] : [code]);
        judged.FindingCounts!.Errors.ShouldBe(code.Length == 0 ? 0 : 1);
    }

    [Fact]
    public void The_reason_names_both_numbers()
    {
        Finding finding = Completeness.Judge(Packed(12, 2000, 50_000), Half, Before(1000, 1000, 1000)).Findings.ShouldHaveSingleItem();

        finding.Message.ShouldContain("12 documents");
        finding.Message.ShouldContain("median of the 3 editions before it is 1,000");
    }

    [Fact]
    public void Fewer_than_three_editions_before_say_nothing() =>
        Completeness.Judge(Packed(1, 1, 1), Half, Before(1000, 1000)).Findings.ShouldBeEmpty();

    [Fact]
    public void The_edition_itself_is_not_among_those_before_it()
    {
        Release[] before = [.. Before(1000, 1000, 1000).Select(release => release with { Edition = "20240102" })];

        Completeness.Judge(Packed(1, 1, 1), Half, before).Findings.ShouldBeEmpty();
    }

    [Fact]
    public void Without_a_rule_nothing_is_held() => Completeness.Judge(Packed(1, 1, 1), new HoldRules(), Before(1000, 1000, 1000)).Findings.ShouldBeEmpty();

    [Fact]
    public void Where_files_have_no_numbers_the_files_are_counted()
    {
        Finding finding = Completeness.Judge(Packed(0, 1, 50_000), Half, Before(0, 0, 0)).Findings.ShouldHaveSingleItem();

        (finding.Code, finding.Holds).ShouldBe(("unusual-files", true));
    }

    [Fact]
    public void Missing_documents_hold_once_there_are_more_than_tolerated()
    {
        Package package = Packed(8, 10, 10) with { Authority = new AuthorityResult(10, 8, [], [], 0) };

        Completeness.Judge(package, new HoldRules(Missing: 2), []).Findings.ShouldBeEmpty();
        Completeness.Judge(package, new HoldRules(Missing: 1), []).Findings.ShouldHaveSingleItem().Holds.ShouldBeTrue();
    }

    private static Package Packed(long documents, long entries, long bytes)
    {
        ArchiveManifest archive = new("a.zip", bytes, Sha256Digest.Of([]), 1, [], entries, documents, bytes, "a", "b");
        return new Package(PackagingKit.Release, new PackagerInfo("1", "zlib", 6), [new PackagedArchive(archive, [])], [], documents, null, [], Sha256Digest.Of([]))
        {
            FindingCounts = new FindingCounts(0, 0, 0),
        };
    }

    private static Release[] Before(params long[] documents) => [.. documents.Select((count, i) => new Release
    {
        Dataset = PackagingKit.Release.Dataset,
        Edition = $"2023120{i}",
        Revision = 1,
        Date = new DateOnly(2023, 12, 1),
        State = ReleaseState.Published,
        PublishedAt = DateTimeOffset.UnixEpoch,
        Documents = count,
        Entries = 2000,
        Bytes = 1,
        Uncompressed = 50_000,
        Archives = 1,
    })];
}
