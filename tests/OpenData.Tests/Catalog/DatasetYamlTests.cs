using FsCheck;
using FsCheck.Fluent;
using OpenData.Server.Catalog;
using OpenData.Server.Catalog.Edits;
using OpenData.Server.Scheduling;

namespace OpenData.Tests.Catalog;

public sealed class DatasetYamlTests
{
    private static readonly string s_file = File.ReadAllText(Path.Combine(CatalogFolder.Original, CatalogFolder.Dataset));

    [Fact]
    public void A_form_that_changes_nothing_changes_no_byte_of_any_file_of_the_catalog()
    {
        foreach (string path in Directory.EnumerateFiles(Path.Combine(CatalogFolder.Original, "datasets"), "*.yaml", SearchOption.AllDirectories))
        {
            string text = File.ReadAllText(path);
            DatasetYaml.Write(text, DatasetYaml.Read(text)).ShouldBe(text, path);
        }
    }

    [Fact]
    public void A_form_that_writes_everything_anew_says_the_same_of_every_dataset()
    {
        using CatalogFolder folder = new();
        (DatasetCatalog? before, _) = CatalogFiles.Load(folder.Root, Schedules.CronFault);
        foreach (string path in Directory.EnumerateFiles(Path.Combine(folder.Root, "datasets"), "*.yaml", SearchOption.AllDirectories))
        {
            File.WriteAllText(path, DatasetYaml.Write("", DatasetYaml.Read(File.ReadAllText(path))));
        }
        (DatasetCatalog? after, IReadOnlyList<CatalogError> errors) = CatalogFiles.Load(folder.Root, Schedules.CronFault);
        errors.ShouldBeEmpty();
        foreach (Dataset dataset in before!.Datasets.Values)
        {
            Dataset same = after!.Datasets[dataset.Code];
            (same.Name, same.Description, same.Schedule, same.Source, same.Hold, same.Retention, same.Schema, same.Access, same.Terms)
                .ShouldBe((dataset.Name, dataset.Description, dataset.Schedule, dataset.Source, dataset.Hold, dataset.Retention, dataset.Schema, dataset.Access, dataset.Terms));
            (same.Package.Document.ToString(), same.Package.VolumeBytes, same.Package.Level).ShouldBe((dataset.Package.Document.ToString(), dataset.Package.VolumeBytes, dataset.Package.Level));
            same.KindCodes.ShouldBe(dataset.KindCodes);
            same.Media.ShouldBe(dataset.Media);
        }
    }

    [Fact]
    public void Only_the_lines_of_a_changed_entry_are_written_anew()
    {
        string written = DatasetYaml.Write(s_file, new Dictionary<string, string> { ["schedule.due"] = "P3D", ["hold.missing"] = "" });

        LineDifference.Of(s_file, written).Where(line => line.Fate is LineFate.Added).Select(line => line.Text).ShouldBe(
        [
            "schedule: { cron: '0 30 6 ? * TUE,FRI', timeZone: Asia/Shanghai, due: P3D }",
            "hold: { documents: 50%, bytes: 50% }",
        ]);
        written.ShouldContain("# The optional first part skips");
    }

    [Fact]
    public void A_new_entry_comes_where_it_belongs_and_an_emptied_one_goes()
    {
        string written = DatasetYaml.Write(s_file, new Dictionary<string, string> { ["terms"] = "basic-data", ["coverage.from"] = "", ["name.en"] = "It's: a [name] # really" });

        written.ShouldContain("access: registered\nterms: basic-data\nschedule:");
        written.ShouldNotContain("coverage");
        written.ShouldContain("  en: 'It''s: a [name] # really'\n");
        DatasetYaml.Read(written)["name.en"].ShouldBe("It's: a [name] # really");
    }

    [Theory]
    [InlineData("{ code: A, name: { zh: a, en: b } }")]
    [InlineData("not yaml: [")]
    [InlineData("- a\n- b\n")]
    [InlineData("")]
    public void Whatever_the_file_is_like_the_form_is_what_comes_out(string text) =>
        DatasetYaml.Read(DatasetYaml.Write(text, new Dictionary<string, string> { ["code"] = "CN-X", ["schedule.cron"] = "0 0 6 ? * MON" }))["schedule.cron"].ShouldBe("0 0 6 ? * MON");

    [Fact]
    public void Any_text_that_a_form_sends_is_read_back_as_one_line() =>
        Prop.ForAll<string?, string?>(IsReadBack).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    private static bool IsReadBack(string? text, string? other)
    {
        Dictionary<string, string> values = new() { ["name.zh"] = text ?? "", ["description.en"] = string.Join(' ', Enumerable.Repeat(other ?? "", 12)), ["package.document"] = other ?? "", ["content"] = text ?? "" };
        IReadOnlyDictionary<string, string> read = DatasetYaml.Read(DatasetYaml.Write(s_file, values));
        return values.All(pair => Wanted(pair.Value) is not { } wanted || read.GetValueOrDefault(pair.Key, "") == wanted);
    }

    /// <summary>Null for what is no text in any encoding, or no character of YAML; such is refused before.</summary>
    private static string? Wanted(string text) => text.Any(c => char.IsSurrogate(c) || char.IsControl(c) || c is '\ufffe' or '\uffff' or '\ufeff') ? null
        : string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
