using OpenData.Server.Packaging;
using OpenData.Server.Sources;

namespace OpenData.Tests.Packaging;

/// <summary>What must not be packaged holds the edition before anything is written, and is named.</summary>
public sealed class HostileDeliveryTests
{
    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("C:/windows")]
    [InlineData("../up")]
    [InlineData("a/../../up")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a\\b")]
    [InlineData("line\nbreak")]
    [InlineData("turned\u202Efdp.exe")]
    [InlineData("lone\uD800surrogate")]
    [InlineData("not-utf8-\uFFFD")]
    [InlineData("")]
    public async Task A_name_that_could_hurt_a_reader_holds_the_edition_by_name(string name)
    {
        PackagePlan plan = await PlanAsync(new DeliveryFile("good.xml", 4), new DeliveryFile(name, 4));

        plan.IsHeld.ShouldBeTrue();
        Finding finding = plan.Findings.Where(finding => finding.Holds).ShouldHaveSingleItem();
        (finding.Severity, finding.Code, finding.File).ShouldBe((Severity.Error, "hostile-name", name));
        finding.Message.Any(char.IsControl).ShouldBeFalse("a message must not carry control characters to a terminal");
    }

    [Theory]
    [InlineData("A.xml", "a.XML")]
    [InlineData("\u00E9", "e\u0301")]
    [InlineData("straße/x", "STRAßE/X")]
    [InlineData("doc", "doc/inside.xml")]
    [InlineData("DOC", "doc/deep/inside.xml")]
    public async Task Names_that_fall_on_each_other_hold_the_edition(string one, string other)
    {
        PackagePlan plan = await PlanAsync(new DeliveryFile(one, 4), new DeliveryFile("between", 4), new DeliveryFile(other, 4));

        Finding finding = plan.Findings.ShouldHaveSingleItem();
        (finding.Code, finding.Holds).ShouldBe(("name-collision", true));
        finding.Message.ShouldContain(one);
    }

    [Fact]
    public async Task A_link_holds_the_edition_with_the_reason()
    {
        PackagePlan plan = await PlanAsync(new DeliveryFile("a", 1), new DeliveryFile("link.xml", 0, "it is a symbolic link"));

        Finding finding = plan.Findings.ShouldHaveSingleItem();
        (finding.Code, finding.File, finding.Holds).ShouldBe(("refused-file", "link.xml", true));
        finding.Message.ShouldContain("symbolic link");
    }

    [Fact]
    public async Task An_empty_delivery_is_held() => (await PlanAsync()).Findings.ShouldHaveSingleItem().Code.ShouldBe("empty-delivery");

    [Fact]
    public async Task An_empty_file_is_a_note_and_holds_nothing()
    {
        PackagePlan plan = await PlanAsync(new DeliveryFile("empty.xml", 0));

        plan.IsHeld.ShouldBeFalse();
        (plan.Findings.Single().Code, plan.Findings.Single().Severity).ShouldBe(("empty-file", Severity.Note));
    }

    [Fact]
    public async Task Thousands_of_faults_are_summed_up()
    {
        PackagePlan plan = await PlanAsync([.. Enumerable.Range(0, 5000).Select(i => new DeliveryFile($"../{i}", 1))]);

        plan.Findings.Count(finding => finding.Code == "hostile-name").ShouldBe(101);
        plan.Findings.ShouldContain(finding => finding.Message == "And 4,900 more of this kind.");
    }

    [Fact]
    public async Task A_held_plan_is_never_written()
    {
        using PackagingKit kit = new();

        await Should.ThrowAsync<InvalidOperationException>(() => kit.PackageAsync(new SampleDelivery().With("a", "a").With("../b", "b")));

        kit.FilesLeft().ShouldBeEmpty();
    }

    private static Task<PackagePlan> PlanAsync(params DeliveryFile[] files) =>
        PackagePlan.ForAsync(files.ToAsyncEnumerable(), PackagingKit.Rules(), LeftOutDocuments.None, CancellationToken.None);
}
