using System.Globalization;
using OpenData.Format;
using OpenData.Server.Packaging;

namespace OpenData.Tests.Packaging;

/// <summary>Completeness against the index of a package as the EPO exchanges them.</summary>
public sealed class PackageIndexTests
{
    [Fact]
    public async Task Parts_that_came_as_listed_are_worth_no_word()
    {
        Package package = await PackageAsync(
            new SampleDelivery().With("ROOT/DOC/P-0001.zip", "12345").With("ROOT/doc/p-0002/CN1A/CN1A.XML", "<a/>").With("ROOT/DOC/P-0002/CN9A.XML", "<a/>").With("ROOT/DOC/coverage.csv", "1"),
            Part("P-0001.zip", 5, "CN1A", "CN5A") + Part("P-0002.zip", 777, "CN1A", "CN9A"));

        package.Findings.Where(f => f.Code != "content-mismatch").ShouldBeEmpty();
        AuthorityResult authority = package.Authority.ShouldNotBeNull();
        (authority.Listed, authority.Found, authority.Missing.Count, authority.Surplus.Count).ShouldBe((4, 4, 0, 0));
    }

    [Fact]
    public async Task What_is_missing_surplus_or_of_another_size_is_named()
    {
        Package package = await PackageAsync(
            new SampleDelivery().With("ROOT/DOC/P-0001.zip", "1234").With("ROOT/DOC/P-0002/CN1A.XML", "<a/>").With("ROOT/DOC/P-0009.zip", "1"),
            Part("P-0001.zip", 5, "CN1A", "CN5A") + Part("P-0002.zip", 7, "CN1A", "CN9A") + Part("P-0003.zip", 9, "CN1A", "CN9A"));

        package.Findings.Where(f => f.Code != "content-mismatch").Select(f => (f.Severity, f.Code, f.File)).ShouldBe(
            [(Severity.Error, "part-size", "ROOT/DOC/P-0001.zip"), (Severity.Error, "missing-document", null), (Severity.Error, "missing-part", null), (Severity.Warning, "surplus-part", "ROOT/DOC/P-0009.zip")],
            ignoreOrder: true);
        package.Authority!.Missing.ShouldBe(["CN9A", "ROOT/DOC/P-0003.zip"]);
        package.Authority.Surplus.ShouldBe(["ROOT/DOC/P-0009.zip"]);
    }

    [Theory]
    [InlineData("<ftm-package-index><ftm-package-file>", "index.xml", "malformed-authority")]
    [InlineData("<a><b></a>", "index.xml", null)]
    [InlineData("not xml", "index.xml", null)]
    [InlineData("<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x'><sitemap-index/>", "index.xml", null)]
    [InlineData("<ftm-package-index", "a/b/index.xml", null)]
    public async Task An_index_that_cannot_be_read_holds_the_edition_and_other_files_of_that_name_do_not(string xml, string name, string? code)
    {
        Package package = await PackagingKit.PackageAsync(new SampleDelivery().With(name, xml), new DiscardingBlobStore(TimeProvider.System));

        package.Authority.ShouldBeNull();
        package.Findings.Where(f => f.Holds).Select(f => f.Code).ShouldBe(code is null ? [] : [code]);
    }

    private static string Part(string file, int bytes, string first, string last) => string.Create(CultureInfo.InvariantCulture, $"""
        <ftm-package-file id="x" format="zip" size="{bytes}"><filename>{file}</filename><file-location relative="true">\DOC</file-location>
        <ftm-doc-range country="CN"><ftm-first-doc-in-range>{Number(first)}</ftm-first-doc-in-range><ftm-last-doc-in-range>{Number(last)}</ftm-last-doc-in-range></ftm-doc-range></ftm-package-file>
        """);

    private static string Number(string number) => $"\n<country>{number[..2]}</country>\n<doc-number>{number[2..^1]}</doc-number><kind>{number[^1..]}</kind><date>20240102</date>";

    private static Task<Package> PackageAsync(SampleDelivery delivery, string parts) => PackagingKit.PackageAsync(
        delivery.With("ROOT/index.xml", $"<?xml version=\"1.0\"?>\n<!DOCTYPE ftm-package-index PUBLIC \"-//EPO//X\" \"x.dtd\">\n<ftm-package-index file=\"index.xml\">\n{parts}\n</ftm-package-index>"),
        new DiscardingBlobStore(TimeProvider.System));
}
