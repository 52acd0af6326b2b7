using OpenData.Server.Packaging;
using OpenData.Server.Web.Desk;
using OpenData.Server.Web.ReleasePages;

namespace OpenData.Tests.Web.Desk;

public sealed class HoldComparisonTests
{
    [Fact]
    public void Kinds_are_counted_over_whole_files_what_holds_first_and_what_was_there_before_beside_it()
    {
        Finding[] now = [new(Severity.Error, "unusual-documents", null, "few", Holds: true), new(Severity.Warning, "xml", "a", "broken")];
        Finding[] before = [new(Severity.Warning, "xml", "b", "broken"), new(Severity.Note, "empty-file", "c", "empty")];
        FindingTally many = new([], new Dictionary<string, int> { ["xml"] = 12_345 }, false);
        HoldComparison.Kinds(now, many, before, FindingTally.None).ShouldBe(
        [
            new FindingKind("unusual-documents", Severity.Error, 1, 0, true),
            new FindingKind("xml", Severity.Warning, 12_345, 1, false),
            new FindingKind("empty-file", Severity.Note, 0, 1, false),
        ]);
    }

    [Theory]
    [InlineData(49, 100, 0.5, true)]
    [InlineData(50, 100, 0.5, false)]
    [InlineData(150, 100, 0.5, false)]
    [InlineData(151, 100, 0.5, true)]
    public void A_measure_is_unusual_beyond_what_the_dataset_tolerates(long now, long median, double tolerated, bool unusual) =>
        new HoldMeasure("x", now, null, median, tolerated, false).IsUnusual.ShouldBe(unusual);

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"so\"\r\n", "\"say \"\"so\"\"\r\n\"")]
    [InlineData("=HYPERLINK(1)", "'=HYPERLINK(1)")]
    [InlineData("+1,2", "\"'+1,2\"")]
    public void A_field_of_the_export_is_quoted_and_no_formula(string text, string field) => Csv.Line(text, null).ShouldBe(field + ",\r\n");
}
