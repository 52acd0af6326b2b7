using Microsoft.Extensions.Options;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Catalog.Edits;

namespace OpenData.Server.Web.Desk.Catalog;

/// <summary>Gathers what the pages of the data directory show.</summary>
internal sealed class DirectoryDesk(CurrentCatalog catalog, CatalogEdits edits, CurrentAccounts accounts, IOptions<CatalogOptions> options)
{
    private const int RecentEdits = 30;

    /// <summary>The fields that are chosen among words; the server's own and those that datasets have.</summary>
    private static readonly Dictionary<string, string[]> s_words = new(StringComparer.Ordinal)
    {
        ["category"] = ["patent", "ic-layout"],
        ["content"] = [],
        ["provenance"] = [],
        ["access"] = ["open", "registered", "agreement", "restricted"],
        ["source.kind"] = ["directory", "s3", "http"],
    };

    /// <summary>The whole directory.</summary>
    public async Task<DirectoryView> ViewAsync(CancellationToken stop)
    {
        CatalogState state = catalog.State;
        DatasetCatalog current = catalog.Current;
        IReadOnlyDictionary<string, CatalogEdit> newest = await edits.NewestByFileAsync(stop);
        TextStatus Status(params ReadOnlySpan<string> files)
        {
            TextStatus worst = TextStatus.OfFile;
            foreach (string file in files)
            {
                worst = (TextStatus)Math.Max((int)worst, (int)StatusOf(state, newest.GetValueOrDefault(file), file));
            }
            return worst;
        }
        return new DirectoryView
        {
            Refused = state.Refused,
            Waiting = [.. (await edits.ListAsync(EditState.Proposed, null, null, 1000, stop)).Select(Line)],
            Datasets =
            [
                .. state.Texts.Below("datasets/", ".yaml").Select(file => (File: file, Code: Path.GetFileNameWithoutExtension(file)))
                    .Select(dataset => new DatasetLine(dataset.Code, current.Datasets.GetValueOrDefault(dataset.Code), Status(dataset.File, ManualOf(dataset.File), English(ManualOf(dataset.File))))),
            ],
            Texts =
            [
                .. state.Texts.Below("manuals/", ".zh.md").Select(file => new TextLine(file, file[..^".zh.md".Length], Status(file, English(file)))),
                .. state.Texts.Below("fields/", ".yaml").Select(file => new TextLine(file, file[..^".yaml".Length], Status(file))),
            ],
            History = [.. (await edits.ListAsync(null, null, null, RecentEdits, stop)).Select(Line)],
        };
    }

    /// <summary>The form of a dataset as it is in force; null where there is no such dataset.</summary>
    public async Task<DatasetFormView?> FormAsync(string code, CancellationToken stop)
    {
        CatalogState state = catalog.State;
        if (state.Texts.Below("datasets/", $"/{code}.yaml").FirstOrDefault() is not { } file)
        {
            return null;
        }
        IReadOnlyDictionary<string, CatalogEdit> newest = await edits.NewestByFileAsync(stop);
        return Form(file, DatasetYaml.Read(state.Texts[file]!), TextDraft.Digest(state.Texts[file])) with
        {
            Status = StatusOf(state, newest.GetValueOrDefault(file), file),
            History = [.. (await edits.ListAsync(null, file, null, RecentEdits, stop)).Select(Line)],
        };
    }

    /// <summary>A form with these values.</summary>
    public DatasetFormView Form(string? file, IReadOnlyDictionary<string, string> values, string before)
    {
        DatasetCatalog current = catalog.Current;
        CatalogTexts texts = catalog.State.Texts;
        List<IReadOnlyDictionary<string, string>> all = [.. texts.Below("datasets/", ".yaml").Select(path => DatasetYaml.Read(texts[path]!))];
        Dictionary<string, IReadOnlyList<string>> words = s_words.ToDictionary(
            pair => pair.Key,
            IReadOnlyList<string> (pair) => [.. pair.Value.Concat(all.Select(dataset => dataset.GetValueOrDefault(pair.Key, "")).Order(StringComparer.Ordinal)).Append(values.GetValueOrDefault(pair.Key, "")).Where(word => word.Length > 0).Distinct(StringComparer.Ordinal)],
            StringComparer.Ordinal);
        words["terms"] = ["", .. current.Terms.Keys.Order(StringComparer.Ordinal)];
        return new DatasetFormView { File = file, Before = before, Values = values, Words = words };
    }

    /// <summary>An edit; null where there is none.</summary>
    public async Task<EditView?> EditAsync(long id, string actor, EditOutcome? tried, CancellationToken stop)
    {
        if (await edits.FindAsync(id, stop) is not { } edit)
        {
            return null;
        }
        CatalogState state = catalog.State;
        IReadOnlyDictionary<string, CatalogEdit> newest = await edits.NewestByFileAsync(stop);
        bool inForce = edit.State is EditState.InForce;
        return new EditView(
            Line(edit),
            [
                .. edit.Files.Select(file =>
                {
                    TextStatus status = inForce && newest.GetValueOrDefault(file.Path)?.Id == edit.Id ? StatusOf(state, edit, file.Path) : TextStatus.OfFile;
                    bool changed = status is TextStatus.FileChanged;
                    return new EditedView(
                        file.Path,
                        LineDifference.Of(file.Before, file.Text),
                        status,
                        changed ? LineDifference.Of(file.OnDisk, state.Files[file.Path]) : [],
                        changed ? LineDifference.Of(state.Files[file.Path], file.Text) : []);
                }),
            ],
            edit.Author == actor,
            inForce && edit.Files.All(file => newest.GetValueOrDefault(file.Path)?.Id == edit.Id),
            tried?.Errors ?? [],
            tried?.Fault is { } fault ? $"Directory.Fault.{fault}" : null);
    }

    /// <summary>What stands in the way of saving drafts: first what is wrong, then whether anything changes at all.</summary>
    public (string? Fault, IReadOnlyList<CatalogError> Errors) Judge(IReadOnlyList<TextDraft> drafts)
    {
        CatalogState state = catalog.State;
        CatalogError[] faults = [.. drafts.SelectMany(draft => draft.Faults())];
        if (faults.Length > 0)
        {
            return ("Directory.Fault.Broken", faults);
        }
        if (drafts.All(draft => state.Texts[draft.File] == draft.Text))
        {
            return ("Directory.Fault.Unchanged", []);
        }
        Dictionary<string, string> texts = new(state.Edits.Texts, StringComparer.Ordinal);
        foreach (TextDraft draft in drafts)
        {
            texts[draft.File] = draft.Text;
        }
        // The errors of what is being edited first: they are what can be mended here.
        CatalogError[] errors = [.. catalog.Check(texts).OrderBy(error => drafts.Any(draft => draft.File == error.File) ? 0 : 1)];
        return errors.Length > 0 ? ("Directory.Fault.Broken", errors) : (null, []);
    }

    /// <summary>What drafts change of what is in force now.</summary>
    public PreviewView Preview(IReadOnlyList<TextDraft> drafts, string reason = "", string? fault = null)
    {
        CatalogTexts texts = catalog.State.Texts;
        bool overtaken = drafts.Any(draft => draft.Before != TextDraft.Digest(texts[draft.File]));
        return new PreviewView(
            [.. drafts.Select(draft => draft with { Before = TextDraft.Digest(texts[draft.File]) })],
            drafts.ToDictionary(draft => draft.File, draft => LineDifference.Of(texts[draft.File], draft.Text), StringComparer.Ordinal),
            options.Value.ReviewEdits,
            reason,
            fault ?? (overtaken ? "Directory.Fault.Overtaken" : null));
    }

    /// <summary>The edit that drafts make, by whoever started from what their digests say; null where that is not in force any more.</summary>
    public NewEdit? Edit(IReadOnlyList<TextDraft> drafts, string author, string reason)
    {
        CatalogTexts texts = catalog.State.Texts;
        return drafts.Any(draft => draft.Before != TextDraft.Digest(texts[draft.File])) ? null : new NewEdit(
            drafts.ToDictionary(draft => draft.File, draft => draft.Text, StringComparer.Ordinal),
            drafts.ToDictionary(draft => draft.File, draft => texts[draft.File], StringComparer.Ordinal),
            author,
            reason);
    }

    /// <summary>The texts that are edited together with a file: both languages of a manual.</summary>
    public IReadOnlyList<TextDraft> Drafts(string file)
    {
        CatalogTexts texts = catalog.State.Texts;
        string stem = file.EndsWith(".md", StringComparison.Ordinal) ? file[..^".zh.md".Length] : "";
        return stem.Length == 0 ? [TextDraft.Of(texts, file)] : [TextDraft.Of(texts, stem + ".zh.md"), TextDraft.Of(texts, stem + ".en.md")];
    }

    /// <summary>The text in force of a file, or null.</summary>
    public string? Text(string file) => catalog.State.Texts[file];

    /// <summary>The Chinese manual beside a dataset's file.</summary>
    public static string ManualOf(string file) => file[..^".yaml".Length] + ".zh.md";

    private static string English(string file) => file[..^".zh.md".Length] + ".en.md";

    private EditLine Line(CatalogEdit edit) => new(edit, NameOf(edit.Author), edit.Reviewer is { } reviewer ? NameOf(reviewer) : null, edit.UndoneBy is { } undone ? NameOf(undone) : null);

    private string NameOf(string actor) =>
        actor.StartsWith("account:", StringComparison.Ordinal) && accounts.Current.TryGetAccount(actor["account:".Length..], out Account? account) ? account.Name : actor;

    private static TextStatus StatusOf(CatalogState state, CatalogEdit? edit, string file)
    {
        EditedText? edited = edit?.Files.FirstOrDefault(text => text.Path == file);
        string? onDisk = state.Files[file];
        return edited is null ? TextStatus.OfFile : onDisk == edited.Text ? TextStatus.Settled : onDisk == edited.OnDisk ? TextStatus.Edited : TextStatus.FileChanged;
    }
}
