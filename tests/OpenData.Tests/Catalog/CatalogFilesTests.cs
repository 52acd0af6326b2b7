using OpenData.Server.Catalog;
using OpenData.Server.Scheduling;

namespace OpenData.Tests.Catalog;

public sealed class CatalogFilesTests : IDisposable
{
    private readonly CatalogFolder _folder = new();

    [Fact]
    public void The_catalog_that_comes_with_the_program_has_44_datasets_and_no_errors()
    {
        (DatasetCatalog? catalog, IReadOnlyList<CatalogError> errors) = CatalogFiles.Load(CatalogFolder.Original, Schedules.CronFault);

        errors.ShouldBeEmpty();
        catalog!.Datasets.Count.ShouldBe(44);
        catalog.Datasets.Values.Count(d => d.Category == "patent").ShouldBe(40);
        catalog.Datasets.Values.Count(d => d.Category == "ic-layout").ShouldBe(4);
        catalog.Tiers["partner"].Rate.BytesPerSecond.ShouldBe(12_500_000);
        catalog.Datasets["CN-PA-TXTS-10-A"].CoverageFrom.ShouldBe(new DateOnly(1985, 9, 10));
        catalog.Datasets.Values.ShouldAllBe(d => d.Schedule.TimeZone.Id == "Asia/Shanghai");
    }

    [Theory]
    [InlineData("jurisdiction: CN", "jurisdicton: CN", "jurisdicton: unknown key")]
    [InlineData("access: registered", "access: everybody", "'everybody' is not open, registered, agreement or restricted")]
    [InlineData("0 30 6 ? * TUE,FRI", "0 30 26 ? * TUE,FRI", "is not a Quartz cron expression")]
    [InlineData("timeZone: Asia/Shanghai", "timeZone: Asia/Nowhere", "'Asia/Nowhere' is not an IANA time zone")]
    [InlineData("due: P1D", "due: one day", "'one day' is not an ISO 8601 duration")]
    [InlineData("volume: 1 GiB", "volume: 12 parsecs", "'12 parsecs' is not a size")]
    [InlineData("(?<number>", "(?<number", "not a regular expression")]
    [InlineData("(?<number>", "(?<nombre>", "expected a named group 'number'")]
    [InlineData("documents: 50%", "documents: half", "'half' is not a share")]
    [InlineData("code: CN-PA-TXTS-10-A", "code: CN-PA-TXTS-10-Z", "is not the name of its file")]
    [InlineData("kind: directory", "kind: carrier-pigeon", "is not directory, s3 or http")]
    [InlineData("path: CN/CN-PA-TXTS-10-A", "path: ../../etc", "is not a path below the deliveries")]
    [InlineData("access: registered", "access: agreement", "this level needs 'terms'")]
    [InlineData("access: registered", "access: registered\nterms: no-such-terms", "unknown terms 'no-such-terms'; expected one of basic-data, foreign-data")]
    [InlineData("coverage: { from: 1985-09-10 }", "coverage: { from: 10.9.1985 }", "is not a date yyyy-MM-dd")]
    [InlineData("media: [xml, jpg]", "media: xml", "expected a list of texts")]
    public void An_error_names_file_and_line_and_what_is_expected(string old, string changed, string expected)
    {
        int line = _folder.Edit(CatalogFolder.Dataset, old, changed);

        (DatasetCatalog? catalog, IReadOnlyList<CatalogError> errors) = CatalogFiles.Load(_folder.Root, Schedules.CronFault);

        catalog.ShouldBeNull();
        CatalogError error = errors.ShouldContainOnly(e => e.Message.Contains(expected, StringComparison.Ordinal), errors);
        error.File.ShouldBe(CatalogFolder.Dataset);
        error.Line.ShouldBeInRange(line == 2 ? 1 : line, line + 1); // one more where the edit adds a line
    }

    [Fact]
    public void A_missing_translation_is_an_error_of_its_file()
    {
        int line = _folder.Edit(CatalogFolder.Dataset, "  en: CN invention application publications, standardized full text\n", "");

        CatalogError error = CatalogFiles.Load(_folder.Root, Schedules.CronFault).Errors.ShouldHaveSingleItem();

        error.ToString().ShouldStartWith(CatalogFolder.Dataset);
        error.Message.ShouldBe("name.en: missing; expected the English text");
        error.Line.ShouldBe(line - 1);
    }

    [Fact]
    public void A_code_that_is_there_twice_names_both_files()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Root, "datasets/XX"));
        File.Copy(Path.Combine(_folder.Root, CatalogFolder.Dataset), Path.Combine(_folder.Root, "datasets/XX/CN-PA-TXTS-10-A.yaml"));

        CatalogFiles.Load(_folder.Root, Schedules.CronFault).Errors
            .ShouldContain(e => e.File == "datasets/XX/CN-PA-TXTS-10-A.yaml" && e.Message.Contains("already that of " + CatalogFolder.Dataset, StringComparison.Ordinal));
    }

    [Fact]
    public void A_rate_above_the_ceiling_is_refused()
    {
        int line = _folder.Edit("tiers.yaml", "rate: 30 Mb/s", "rate: 200 Mb/s");

        CatalogError error = CatalogFiles.Load(_folder.Root, Schedules.CronFault).Errors.ShouldHaveSingleItem();

        error.ShouldBe(new CatalogError("tiers.yaml", line, "tiers[2].rate: 200 Mb/s is above the ceiling; expected at most 100 Mb/s"));
    }

    [Fact]
    public void Terms_without_their_translation_are_refused()
    {
        File.Delete(Path.Combine(_folder.Root, "terms/basic-data.en.md"));

        CatalogFiles.Load(_folder.Root, Schedules.CronFault).Errors
            .ShouldContain(e => e.File == "terms/basic-data.zh.md" && e.Message.Contains("missing translation", StringComparison.Ordinal));
    }

    [Fact]
    public void Broken_yaml_names_its_line_and_all_errors_are_told_at_once()
    {
        _folder.Edit(CatalogFolder.Dataset, "kindCodes: [A]", "kindCodes: [A");
        _folder.Edit("datasets/US/US-PA-TXTO-10-B.yaml", "access:", "acess:");

        IReadOnlyList<CatalogError> errors = CatalogFiles.Load(_folder.Root, Schedules.CronFault).Errors;

        errors.ShouldContain(e => e.File == CatalogFolder.Dataset && e.Message.StartsWith("not valid YAML", StringComparison.Ordinal) && e.Line > 1);
        errors.ShouldContain(e => e.File == "datasets/US/US-PA-TXTO-10-B.yaml" && e.Message.StartsWith("acess: unknown key", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();
}

internal static class CatalogErrors
{
    /// <summary>The one error that fits; there may be others that follow from it.</summary>
    public static CatalogError ShouldContainOnly(this IReadOnlyList<CatalogError> errors, Func<CatalogError, bool> fits, IReadOnlyList<CatalogError> all)
    {
        errors.Count(fits).ShouldBe(1, string.Join(Environment.NewLine, all));
        return errors.Single(fits);
    }
}
