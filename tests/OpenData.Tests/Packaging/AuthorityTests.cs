using OpenData.Format;
using OpenData.Server.Packaging;

namespace OpenData.Tests.Packaging;

/// <summary>Completeness against the authority file (WIPO ST.37), both ways.</summary>
public sealed class AuthorityTests
{
    [Fact]
    public async Task Missing_surplus_and_excepted_publications_are_told_apart()
    {
        Package package = await PackageAsync(
            "office,number,kind,date,exception\nCN,1,A,20240102\r\nCN,2,A,2024-01-02,\nCN,3,A,20240102,W\n\nCN,9,A,20240102\n",
            "CN1A.XML", "CN2A/CN2A.XML", "CN2A/CN2A.HTM", "CN7A.XML");

        AuthorityResult authority = package.Authority.ShouldNotBeNull();
        (authority.Listed, authority.Found, authority.Excepted).ShouldBe((3, 2, 1));
        authority.Missing.ShouldBe(["CN9A"]);
        authority.Surplus.ShouldBe(["CN7A"]);
        package.Findings.Select(finding => (finding.Severity, finding.Code, finding.File)).ShouldBe(
            [(Severity.Error, "missing-document", null), (Severity.Warning, "surplus-document", "CN7A.XML")]);
        package.Findings[0].Message.ShouldContain("CN9A");
    }

    [Fact]
    public async Task A_delivery_without_an_authority_file_is_not_compared() => (await PackageAsync(null, "CN1A.XML")).Authority.ShouldBeNull();

    [Theory]
    [InlineData("cn,0000001047518250,b,20240102", "CN00001047518250B.XML")]
    [InlineData("CN,CN1047518250,B,20240102", "CN1047518250B.XML")]
    [InlineData("\"CN\", 10-4751.8250 ,\"B\",20240102", "CN1047518250B.XML")]
    [InlineData("\uFEFFCN,1047518250,B,20240102", "CN1047518250B.XML")]
    public async Task A_publication_is_found_however_its_number_is_written(string line, string file)
    {
        AuthorityResult authority = (await PackageAsync(line, file)).Authority.ShouldNotBeNull();

        (authority.Listed, authority.Found, authority.Surplus.Count).ShouldBe((1, 1, 0));
    }

    [Fact]
    public async Task A_publication_listed_twice_counts_once()
    {
        AuthorityResult authority = (await PackageAsync("CN,1,A,20240102\nCN,1,A,20240102\nCN,2,A,20240102\nCN,2,A,20240102", "CN1A.XML")).Authority.ShouldNotBeNull();

        (authority.Listed, authority.Found).ShouldBe((2, 1));
        authority.Missing.ShouldBe(["CN2A"]);
    }

    [Fact]
    public async Task An_excepted_publication_that_came_after_all_is_surplus()
    {
        Package package = await PackageAsync("CN,1,A,20240102,W", "CN1A.XML");

        package.Authority!.Surplus.ShouldBe(["CN1A"]);
        package.Findings.Single().Message.ShouldContain("excepts");
    }

    [Theory]
    [InlineData("CN,1,A", "3 fields")]
    [InlineData("CN,1,A,20240102,W,?", "6 fields")]
    [InlineData("CHN,1,A,20240102", "office")]
    [InlineData("CN,,A,20240102", "number")]
    [InlineData("CN,1,A1B2,20240102", "kind")]
    [InlineData("CN,1,A,20241301", "date")]
    public async Task A_malformed_line_holds_the_edition_and_is_named_by_its_number(string line, string fault)
    {
        Package package = await PackageAsync("CN,1,A,20240102\n" + line, "CN1A.XML");

        Finding finding = package.Findings.ShouldHaveSingleItem();
        (finding.Code, finding.Severity, finding.Holds).ShouldBe(("malformed-authority", Severity.Error, true));
        finding.Message.ShouldContain("Line 2");
        finding.Message.ShouldContain(fault);
    }

    [Fact]
    public async Task A_line_without_end_is_named_and_costs_no_memory()
    {
        Package package = await PackageAsync("CN,1,A,20240102\n" + new string('x', 3_000_000) + "\nCN,2,A,20240102\n", "CN1A.XML", "CN2A.XML");

        package.Findings.Single().Message.ShouldContain("longer than 1024 characters");
        package.Authority!.Found.ShouldBe(2);
    }

    [Fact]
    public async Task Of_many_missing_publications_a_thousand_are_named_and_all_are_counted()
    {
        Package package = await PackageAsync(string.Join('\n', Enumerable.Range(1, 5000).Select(i => $"CN,{i},A,20240102")), "CN1A.XML");

        AuthorityResult authority = package.Authority!;
        (authority.Listed, authority.Found, authority.Missing.Count).ShouldBe((5000, 1, 1000));
        package.Findings.Count.ShouldBe(101);
    }

    private static Task<Package> PackageAsync(string? authority, params string[] files)
    {
        SampleDelivery delivery = new() { Authority = authority };
        foreach (string file in files)
        {
            delivery.With(file, "<doc/>");
        }
        return PackagingKit.PackageAsync(delivery, new DiscardingBlobStore(TimeProvider.System));
    }
}
