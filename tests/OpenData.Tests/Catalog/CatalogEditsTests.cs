using OpenData.Server.Catalog;
using OpenData.Server.Catalog.Edits;
using OpenData.Server.Scheduling;
using OpenData.Tests.Support;

namespace OpenData.Tests.Catalog;

public sealed class CatalogEditsTests
{
    private const string Code = "CN-PA-TXTS-10-A";
    private const string File = CatalogFolder.Dataset;

    [Theory, OnSqlite, OnPostgres]
    public async Task An_edit_is_in_force_on_every_node_that_follows_and_undone_on_all_with_one_act(DatabaseKind kind)
    {
        await using EditingRoom room = await EditingRoom.OpenAsync(kind);
        EditingNode here = room.Node();
        EditingNode there = room.Node();
        await there.Watch.StartAsync(CancellationToken.None);
        string before = here.Text(File)!;

        CatalogEdit edit = (await here.EditAsync(File, "access: registered", "access: open")).Edit.ShouldNotBeNull();

        edit.State.ShouldBe(EditState.InForce);
        (await here.Watch.RefreshAsync(CancellationToken.None)).ShouldBeTrue();
        here.Catalog.Current.Datasets[Code].Access.ShouldBe(AccessLevel.Open);
        await Eventually.TrueAsync(
            () =>
            {
                room.Time.Advance(TimeSpan.FromSeconds(2));
                return Task.FromResult(there.Catalog.Current.Datasets[Code].Access is AccessLevel.Open);
            },
            "the other node follows");

        CatalogEdit undone = (await there.Edits.UndoAsync(edit.Id, "account:bert", null, CancellationToken.None)).Edit.ShouldNotBeNull();
        undone.UndoneBy.ShouldBe("account:bert");
        await here.Watch.RefreshAsync(CancellationToken.None);
        here.Text(File).ShouldBe(before);
        here.Catalog.Current.Datasets[Code].Access.ShouldBe(AccessLevel.Registered);
        (await here.Edits.UndoAsync(edit.Id, "account:bert", null, CancellationToken.None)).Fault.ShouldBe(EditFault.Gone);
        await there.Watch.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task An_edit_that_would_break_the_catalog_is_refused_in_the_words_of_the_check_and_leaves_no_trace()
    {
        await using EditingRoom room = await EditingRoom.OpenAsync();
        EditingNode node = room.Node();

        EditOutcome refused = await node.EditAsync(File, "timeZone: Asia/Shanghai", "timeZone: Asia/Nowhere");

        refused.Fault.ShouldBe(EditFault.Broken);
        room.Folder.Edit(File, "timeZone: Asia/Shanghai", "timeZone: Asia/Nowhere");
        refused.Errors.ShouldBe(CatalogFiles.Load(room.Folder.Root, Schedules.CronFault).Errors);
        (await node.Edits.ListAsync(null, null, null, 10, CancellationToken.None)).ShouldBeEmpty();
        (await node.Edits.VersionAsync(CancellationToken.None)).ShouldBe(0);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Two_curators_do_not_write_over_each_other(DatabaseKind kind)
    {
        await using EditingRoom room = await EditingRoom.OpenAsync(kind);
        EditingNode anna = room.Node();
        EditingNode bert = room.Node();
        string opened = anna.Text(File)!;

        EditOutcome[] both = await Task.WhenAll(
            anna.MakeAsync("account:anna", (File, opened, opened.Replace("due: P1D", "due: P2D", StringComparison.Ordinal))),
            bert.MakeAsync("account:bert", (File, opened, opened.Replace("due: P1D", "due: P3D", StringComparison.Ordinal))));

        both.Count(outcome => outcome.Edit is not null).ShouldBe(1);
        both.Single(outcome => outcome.Edit is null).Fault.ShouldBe(EditFault.Overtaken);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Where_the_setting_asks_a_second_curator_lets_an_edit_in(DatabaseKind kind)
    {
        await using EditingRoom room = await EditingRoom.OpenAsync(kind);
        EditingNode node = room.Node(review: true);
        CatalogEdit edit = (await node.EditAsync(File, "access: registered", "access: open")).Edit.ShouldNotBeNull();
        edit.State.ShouldBe(EditState.Proposed);
        await node.Watch.RefreshAsync(CancellationToken.None);
        node.Catalog.Current.Datasets[Code].Access.ShouldBe(AccessLevel.Registered);

        (await node.Edits.ApproveAsync(edit.Id, "account:anna", null, CancellationToken.None)).Fault.ShouldBe(EditFault.OwnEdit);
        (await node.Edits.ApproveAsync(edit.Id, "account:bert", null, CancellationToken.None)).Edit.ShouldNotBeNull().Reviewer.ShouldBe("account:bert");

        await node.Watch.RefreshAsync(CancellationToken.None);
        node.Catalog.Current.Datasets[Code].Access.ShouldBe(AccessLevel.Open);
        (await node.Edits.FindAsync(edit.Id, CancellationToken.None)).ShouldNotBeNull().State.ShouldBe(EditState.InForce);
        (await node.Edits.RejectAsync(edit.Id, "account:bert", null, CancellationToken.None)).Fault.ShouldBe(EditFault.Gone);
    }

    [Fact]
    public async Task A_proposal_that_was_overtaken_is_not_let_in_and_can_be_rejected()
    {
        await using EditingRoom room = await EditingRoom.OpenAsync();
        EditingNode node = room.Node(review: true);
        CatalogEdit first = (await node.EditAsync(File, "due: P1D", "due: P2D")).Edit.ShouldNotBeNull();
        CatalogEdit second = (await node.EditAsync(File, "due: P1D", "due: P3D")).Edit.ShouldNotBeNull();
        (await node.Edits.ApproveAsync(second.Id, "account:bert", null, CancellationToken.None)).Edit.ShouldNotBeNull();

        (await node.Edits.ApproveAsync(first.Id, "account:bert", null, CancellationToken.None)).Fault.ShouldBe(EditFault.Overtaken);
        (await node.Edits.RejectAsync(first.Id, "account:bert", null, CancellationToken.None)).Edit.ShouldNotBeNull().State.ShouldBe(EditState.Rejected);
    }

    [Fact]
    public async Task Only_the_newest_edit_of_a_text_is_undone_and_the_one_before_is_in_force_again()
    {
        await using EditingRoom room = await EditingRoom.OpenAsync();
        EditingNode node = room.Node();
        CatalogEdit first = (await node.EditAsync(File, "due: P1D", "due: P2D")).Edit.ShouldNotBeNull();
        CatalogEdit second = (await node.EditAsync(File, "due: P2D", "due: P3D")).Edit.ShouldNotBeNull();

        (await node.Edits.UndoAsync(first.Id, "account:anna", null, CancellationToken.None)).Fault.ShouldBe(EditFault.Overtaken);
        (await node.Edits.UndoAsync(second.Id, "account:anna", null, CancellationToken.None)).Edit.ShouldNotBeNull();

        await node.Watch.RefreshAsync(CancellationToken.None);
        node.Catalog.Current.Datasets[Code].Schedule.Due.ShouldBe(TimeSpan.FromDays(2));
        (await node.Edits.NewestByFileAsync(CancellationToken.None))[File].Id.ShouldBe(first.Id);
    }

    [Fact]
    public async Task A_new_dataset_and_its_manual_come_and_its_undoing_is_refused_while_the_manual_needs_it()
    {
        await using EditingRoom room = await EditingRoom.OpenAsync();
        EditingNode node = room.Node();
        const string code = "CN-PA-TXTS-10-AB";
        string text = node.Text(File)!.Replace(Code, code, StringComparison.Ordinal);
        CatalogEdit made = (await node.MakeAsync("account:anna", ($"datasets/CN/{code}.yaml", null, text))).Edit.ShouldNotBeNull();
        await node.Watch.RefreshAsync(CancellationToken.None);
        node.Catalog.Current.Datasets.ShouldContainKey(code);

        (await node.MakeAsync("account:anna", ($"datasets/CN/{code}.zh.md", null, "# 手册\n"))).Fault.ShouldBe(EditFault.Broken);
        (await node.MakeAsync("account:anna", ($"datasets/CN/{code}.zh.md", null, "# 手册\n"), ($"datasets/CN/{code}.en.md", null, "# Manual\n"))).Edit.ShouldNotBeNull();

        EditOutcome refused = await node.Edits.UndoAsync(made.Id, "account:anna", null, CancellationToken.None);
        refused.Fault.ShouldBe(EditFault.Broken);
        refused.Errors.ShouldHaveSingleItem().Message.ShouldStartWith("no dataset has this code");
        (await node.Edits.FindAsync(made.Id, CancellationToken.None)).ShouldNotBeNull().State.ShouldBe(EditState.InForce);
    }

    [Theory]
    [InlineData("tiers.yaml")]
    [InlineData("terms/basic-data.zh.md")]
    [InlineData("datasets/CN/../../tiers.yaml")]
    [InlineData("datasets/CN/CN-PA-TXTS-10-A.sample.zip")]
    [InlineData("datasets/cn/CN-PA-TXTS-10-A.yaml")]
    [InlineData("/etc/passwd")]
    [InlineData("manuals/.zh.md")]
    [InlineData("manuals/a/b.zh.md")]
    [InlineData("")]
    public void What_is_not_a_text_of_the_directory_is_not_edited(string path) => EditableText.IsPath(path).ShouldBeFalse();

    [Fact]
    public async Task A_start_with_edits_that_do_not_fit_the_files_is_refused_until_they_are_undone()
    {
        await using EditingRoom room = await EditingRoom.OpenAsync();
        EditingNode node = room.Node();
        CatalogEdit edit = (await node.EditAsync(File, "access: registered", "access: agreement\nterms: basic-data")).Edit.ShouldNotBeNull();
        System.IO.File.Delete(Path.Combine(room.Folder.Root, "terms/basic-data.zh.md"));
        System.IO.File.Delete(Path.Combine(room.Folder.Root, "terms/basic-data.en.md"));
        foreach (string file in Directory.EnumerateFiles(room.Folder.Root, "*.yaml", SearchOption.AllDirectories))
        {
            System.IO.File.WriteAllText(file, System.IO.File.ReadAllText(file).Replace("terms: basic-data", "terms: foreign-data", StringComparison.Ordinal));
        }

        EditingNode started = room.Node();
        CatalogRefusedException refused = await Should.ThrowAsync<CatalogRefusedException>(started.Watch.PrepareAsync(CancellationToken.None));
        refused.Message.ShouldContain("catalog undo");
        refused.Errors.ShouldHaveSingleItem().Message.ShouldStartWith("terms: unknown terms 'basic-data'");
        (await started.Edits.UndoAsync(edit.Id, "shell:anna", null, CancellationToken.None)).Edit.ShouldNotBeNull();
        await started.Watch.PrepareAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_file_that_changes_under_an_edit_is_read_and_the_edit_stays_over_it()
    {
        await using EditingRoom room = await EditingRoom.OpenAsync();
        EditingNode node = room.Node();
        await node.EditAsync(File, "access: registered", "access: open");
        await node.Watch.RefreshAsync(CancellationToken.None);
        room.Folder.Edit(File, "due: P1D", "due: P5D");

        node.Catalog.Refresh().ShouldBeTrue();

        node.Catalog.Current.Datasets[Code].Schedule.Due.ShouldBe(TimeSpan.FromDays(1));
        node.Catalog.State.Files[File]!.ShouldContain("due: P5D");
        (await node.Edits.NewestByFileAsync(CancellationToken.None))[File].Files.Single().OnDisk.ShouldNotBe(node.Catalog.State.Files[File]);
    }

    [Fact]
    public async Task An_export_is_a_catalog_without_errors_that_says_what_is_in_force()
    {
        await using EditingRoom room = await EditingRoom.OpenAsync();
        using TemporaryFolder target = new();
        EditingNode node = room.Node();
        await node.EditAsync(File, "access: registered", "access: open");
        await node.Watch.RefreshAsync(CancellationToken.None);

        CatalogExport.Write(node.Catalog.State, room.Folder.Root, target["whole"]);
        (DatasetCatalog? whole, IReadOnlyList<CatalogError> errors) = CatalogFiles.Load(target["whole"], Schedules.CronFault);
        errors.ShouldBeEmpty();
        whole.ShouldNotBeNull().Datasets[Code].Access.ShouldBe(AccessLevel.Open);
        System.IO.File.Exists(target["whole/schema/dataset.schema.json"]).ShouldBeTrue();

        CatalogExport.Write(node.Catalog.State, room.Folder.Root, room.Folder.Root).ShouldBe([File]);
        node.Catalog.Refresh().ShouldBeTrue();
        (await node.Edits.NewestByFileAsync(CancellationToken.None))[File].Files.Single().Text.ShouldBe(node.Catalog.State.Files[File]);

        System.IO.File.WriteAllText(target["something"], "else");
        Should.Throw<IOException>(() => CatalogExport.Write(node.Catalog.State, room.Folder.Root, target.Path)).Message.ShouldContain("expected a catalog's folder");
    }
}
