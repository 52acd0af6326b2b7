using System.Collections.Frozen;
using System.Data.Common;
using Dapper;
using Microsoft.Extensions.Options;
using OpenData.Server.Database;

namespace OpenData.Server.Catalog.Edits;

/// <summary>
/// Keeps the edits. Each change is one transaction that raises the catalog's version and is judged within it, by the same code as
/// <c>catalog check</c> and with everything that is in force then: two curators at once cannot break together what each left whole. What is refused
/// leaves no trace. Every process on the same database follows within seconds (<see cref="CatalogEditsWatch"/>).
/// </summary>
/// <remarks>Methods take work along that is part of the same transaction, such as a line of the audit trail.</remarks>
public sealed class CatalogEdits(SqlDatabase database, CurrentCatalog catalog, IOptions<CatalogOptions> options, TimeProvider time)
{
    private const string Columns = "id, state, in_force, author, reason, at, reviewer, reviewed_at, undone_by, undone_at";

    /// <summary>Of each path the text that came into force last.</summary>
    private const string Newest =
        """
        FROM catalog_edits e JOIN catalog_edit_files f ON f.edit = e.id
        WHERE e.state = 'in-force' AND NOT EXISTS (
            SELECT 1 FROM catalog_edits n JOIN catalog_edit_files g ON g.edit = n.id
            WHERE n.state = 'in-force' AND n.in_force > e.in_force AND g.path = f.path)
        """;

    /// <summary>Makes an edit: in force at once, or proposed where the setting asks for a second curator.</summary>
    public Task<EditOutcome> MakeAsync(NewEdit edit, Func<DbTransaction, CatalogEdit, Task>? along, CancellationToken stop)
    {
        bool isGood = edit.Texts.Count > 0 && edit.Texts.All(file => EditableText.IsPath(file.Key) && EditableText.IsText(file.Key, file.Value))
            && edit.Reason.Trim().Length is > 0 and <= EditableText.LongestReason;
        return !isGood ? Task.FromResult<EditOutcome>(EditFault.Refused) : ChangeAsync(
            async (transaction, version) =>
            {
                FrozenDictionary<string, string> inForce = await InForceAsync(transaction);
                CatalogTexts files = catalog.State.Files;
                CatalogTexts before = files.With(inForce);
                if (edit.Texts.Keys.Any(path => before[path] != edit.Before.GetValueOrDefault(path)))
                {
                    return EditFault.Overtaken;
                }
                KeyValuePair<string, string>[] changed = [.. edit.Texts.Where(file => before[file.Key] != file.Value)];
                if (changed.Length == 0)
                {
                    return EditFault.Unchanged;
                }
                if (catalog.Check(With(inForce, changed)) is { Count: > 0 } errors)
                {
                    return new EditOutcome(null, EditFault.Broken, errors);
                }
                CatalogEdit made = new()
                {
                    Id = version,
                    State = options.Value.ReviewEdits ? EditState.Proposed : EditState.InForce,
                    InForce = options.Value.ReviewEdits ? null : version,
                    Author = edit.Author,
                    Reason = edit.Reason.Trim(),
                    At = SqlTime.Truncate(time.GetUtcNow()),
                    Files = [.. changed.Select(file => new EditedText { Edit = version, Path = file.Key, Before = before[file.Key], OnDisk = files[file.Key], Text = file.Value })],
                };
                await InsertAsync(transaction, made);
                return new EditOutcome(made);
            },
            along,
            stop);
    }

    /// <summary>A second curator lets a proposed edit in. It is judged again: what it changes may have changed since.</summary>
    public Task<EditOutcome> ApproveAsync(long id, string reviewer, Func<DbTransaction, CatalogEdit, Task>? along, CancellationToken stop) => ChangeAsync(
        async (transaction, version) =>
        {
            if (await FindAsync(transaction.Connection!, id, transaction) is not { State: EditState.Proposed } edit)
            {
                return EditFault.Gone;
            }
            if (edit.Author == reviewer)
            {
                return EditFault.OwnEdit;
            }
            FrozenDictionary<string, string> inForce = await InForceAsync(transaction);
            CatalogTexts before = catalog.State.Files.With(inForce);
            if (edit.Files.Any(file => before[file.Path] != file.Before))
            {
                return EditFault.Overtaken;
            }
            if (catalog.Check(With(inForce, edit.Files.Select(file => KeyValuePair.Create(file.Path, file.Text)))) is { Count: > 0 } errors)
            {
                return new EditOutcome(null, EditFault.Broken, errors);
            }
            return await ReviewAsync(transaction, edit with { State = EditState.InForce, InForce = version, Reviewer = reviewer });
        },
        along,
        stop);

    /// <summary>Puts a proposed edit away; its author may do so too.</summary>
    public Task<EditOutcome> RejectAsync(long id, string reviewer, Func<DbTransaction, CatalogEdit, Task>? along, CancellationToken stop) => ChangeAsync(
        async (transaction, _) => await FindAsync(transaction.Connection!, id, transaction) is { State: EditState.Proposed } edit
            ? await ReviewAsync(transaction, edit with { State = EditState.Rejected, Reviewer = reviewer })
            : EditFault.Gone,
        along,
        stop);

    /// <summary>
    /// Takes an edit back: what was in force before it, the edit before or the file, is so again. Only the newest edit of a text is undone, since others
    /// stand under it. Where the catalog is broken already, undoing is not refused for leaving it so.
    /// </summary>
    public Task<EditOutcome> UndoAsync(long id, string actor, Func<DbTransaction, CatalogEdit, Task>? along, CancellationToken stop) => ChangeAsync(
        async (transaction, _) =>
        {
            if (await FindAsync(transaction.Connection!, id, transaction) is not { State: EditState.InForce } edit)
            {
                return EditFault.Gone;
            }
            if (await transaction.Connection!.ExecuteScalarAsync<long>(
                """
                SELECT COUNT(*) FROM catalog_edits e JOIN catalog_edit_files f ON f.edit = e.id
                WHERE e.state = 'in-force' AND e.in_force > @InForce AND f.path IN (SELECT path FROM catalog_edit_files WHERE edit = @Id)
                """,
                new { edit.InForce, edit.Id },
                transaction) > 0)
            {
                return EditFault.Overtaken;
            }
            bool wasGood = catalog.Check(await InForceAsync(transaction)).Count == 0;
            CatalogEdit undone = edit with { State = EditState.Undone, UndoneBy = actor, UndoneAt = SqlTime.Truncate(time.GetUtcNow()) };
            await transaction.Connection!.ExecuteAsync("UPDATE catalog_edits SET state = 'undone', undone_by = @UndoneBy, undone_at = @UndoneAt WHERE id = @Id", new { undone.UndoneBy, undone.UndoneAt, undone.Id }, transaction);
            return wasGood && catalog.Check(await InForceAsync(transaction)) is { Count: > 0 } errors
                ? new EditOutcome(null, EditFault.Broken, errors)
                : new EditOutcome(undone);
        },
        along,
        stop);

    /// <summary>What stands over the files now.</summary>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached.</exception>
    public async Task<EditsInForce> InForceAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        // The version goes first: what commits after it may be read already, and is then read again by the next look.
        long version = await VersionAsync(connection);
        return version == 0 ? EditsInForce.None : new EditsInForce(version, await InForceAsync(connection, null));
    }

    /// <summary>The version of all edits.</summary>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached.</exception>
    public async Task<long> VersionAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await VersionAsync(connection);
    }

    /// <summary>An edit with its texts, or null.</summary>
    public async Task<CatalogEdit?> FindAsync(long id, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        return await FindAsync(connection, id, null);
    }

    /// <summary>Edits with their texts, the newest first.</summary>
    /// <param name="state">In this state; null for all.</param>
    /// <param name="path">Of this file; null for all.</param>
    /// <param name="before">Only older ones, for the next page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<IReadOnlyList<CatalogEdit>> ListAsync(EditState? state, string? path, long? before, int limit, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        string where = string.Concat(
            state is null ? "" : " AND state = @state",
            path is null ? "" : " AND id IN (SELECT edit FROM catalog_edit_files WHERE path = @path)",
            before is null ? "" : " AND id < @before");
        List<Row> rows = [.. await connection.QueryAsync<Row>($"SELECT {Columns} FROM catalog_edits WHERE 1 = 1{where} ORDER BY id DESC LIMIT @limit", new { state = state is { } asked ? NameOf(asked) : null, path, before, limit })];
        ILookup<long, EditedText> files = (await connection.QueryAsync<EditedText>(
            $"SELECT edit, path, before, on_disk, text FROM catalog_edit_files WHERE edit IN (SELECT id FROM catalog_edits WHERE 1 = 1{where} ORDER BY id DESC LIMIT @limit) ORDER BY path",
            new { state = state is { } wanted ? NameOf(wanted) : null, path, before, limit })).ToLookup(file => file.Edit);
        return [.. rows.Select(row => row.ToEdit(files[row.Id]))];
    }

    /// <summary>The newest edit in force of each file.</summary>
    public async Task<IReadOnlyDictionary<string, CatalogEdit>> NewestByFileAsync(CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        List<Row> rows = [.. await connection.QueryAsync<Row>($"SELECT {Columns} FROM catalog_edits WHERE id IN (SELECT f.edit {Newest}) ORDER BY in_force")];
        ILookup<long, EditedText> files = (await connection.QueryAsync<EditedText>($"SELECT f.edit, f.path, f.before, f.on_disk, f.text {Newest}")).ToLookup(file => file.Edit);
        Dictionary<string, CatalogEdit> newest = new(StringComparer.Ordinal);
        foreach (CatalogEdit edit in rows.Select(row => row.ToEdit(files[row.Id])))
        {
            foreach (EditedText file in edit.Files)
            {
                newest[file.Path] = edit;
            }
        }
        return newest;
    }

    /// <summary>One transaction under the row that all edits are ordered by: committed where something was done, and no trace where not.</summary>
    private async Task<EditOutcome> ChangeAsync(Func<DbTransaction, long, Task<EditOutcome>> work, Func<DbTransaction, CatalogEdit, Task>? along, CancellationToken stop)
    {
        await using DbConnection connection = await database.OpenAsync(stop);
        await using DbTransaction transaction = await database.BeginWriteAsync(connection, stop);
        long version = await connection.ExecuteScalarAsync<long>("UPDATE catalog_version SET version = version + 1 WHERE id = 1 RETURNING version", transaction: transaction);
        EditOutcome outcome = await work(transaction, version);
        if (outcome.Edit is { } edit)
        {
            await (along?.Invoke(transaction, edit) ?? Task.CompletedTask);
            await database.CommitAsync(transaction);
        }
        return outcome;
    }

    private async Task<EditOutcome> ReviewAsync(DbTransaction transaction, CatalogEdit edit)
    {
        edit = edit with { ReviewedAt = SqlTime.Truncate(time.GetUtcNow()) };
        await transaction.Connection!.ExecuteAsync(
            "UPDATE catalog_edits SET state = @State, in_force = @InForce, reviewer = @Reviewer, reviewed_at = @ReviewedAt WHERE id = @Id",
            new { State = NameOf(edit.State), edit.InForce, edit.Reviewer, edit.ReviewedAt, edit.Id },
            transaction);
        return new EditOutcome(edit);
    }

    private static async Task InsertAsync(DbTransaction transaction, CatalogEdit edit)
    {
        await transaction.Connection!.ExecuteAsync(
            "INSERT INTO catalog_edits (id, state, in_force, author, reason, at) VALUES (@Id, @State, @InForce, @Author, @Reason, @At)",
            new { edit.Id, State = NameOf(edit.State), edit.InForce, edit.Author, edit.Reason, edit.At },
            transaction);
        await transaction.Connection!.ExecuteAsync("INSERT INTO catalog_edit_files (edit, path, before, on_disk, text) VALUES (@Edit, @Path, @Before, @OnDisk, @Text)", edit.Files, transaction);
    }

    private static Task<FrozenDictionary<string, string>> InForceAsync(DbTransaction transaction) => InForceAsync(transaction.Connection!, transaction);

    private static async Task<FrozenDictionary<string, string>> InForceAsync(DbConnection connection, DbTransaction? transaction) =>
        (await connection.QueryAsync<EditedText>(
            $"SELECT f.edit, f.path, f.text {Newest}",
            transaction: transaction)).ToFrozenDictionary(file => file.Path, file => file.Text, StringComparer.Ordinal);

    private static Task<long> VersionAsync(DbConnection connection) => connection.ExecuteScalarAsync<long>("SELECT version FROM catalog_version WHERE id = 1");

    private static async Task<CatalogEdit?> FindAsync(DbConnection connection, long id, DbTransaction? transaction) =>
        await connection.QuerySingleOrDefaultAsync<Row>($"SELECT {Columns} FROM catalog_edits WHERE id = @id", new { id }, transaction) is { } row
            ? row.ToEdit(await connection.QueryAsync<EditedText>("SELECT edit, path, before, on_disk, text FROM catalog_edit_files WHERE edit = @id ORDER BY path", new { id }, transaction))
            : null;

    private static Dictionary<string, string> With(IEnumerable<KeyValuePair<string, string>> inForce, IEnumerable<KeyValuePair<string, string>> further)
    {
        Dictionary<string, string> texts = new(inForce, StringComparer.Ordinal);
        foreach ((string path, string text) in further)
        {
            texts[path] = text;
        }
        return texts;
    }

    private static string NameOf(EditState state) => state switch
    {
        EditState.Proposed => "proposed",
        EditState.InForce => "in-force",
        EditState.Rejected => "rejected",
        _ => "undone",
    };

    private sealed record Row
    {
        public long Id { get; init; }
        public string State { get; init; } = "";
        public long? InForce { get; init; }
        public string Author { get; init; } = "";
        public string Reason { get; init; } = "";
        public DateTimeOffset At { get; init; }
        public string? Reviewer { get; init; }
        public DateTimeOffset? ReviewedAt { get; init; }
        public string? UndoneBy { get; init; }
        public DateTimeOffset? UndoneAt { get; init; }

        public CatalogEdit ToEdit(IEnumerable<EditedText> files) => new()
        {
            Id = Id,
            State = State switch { "proposed" => EditState.Proposed, "in-force" => EditState.InForce, "rejected" => EditState.Rejected, _ => EditState.Undone },
            InForce = InForce,
            Author = Author,
            Reason = Reason,
            At = At,
            Reviewer = Reviewer,
            ReviewedAt = ReviewedAt,
            UndoneBy = UndoneBy,
            UndoneAt = UndoneAt,
            Files = [.. files],
        };
    }
}
