using System.Data.Common;
using System.Globalization;
using Dapper;
using Microsoft.Extensions.Options;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Database;

namespace OpenData.Server.Feedback;

/// <summary>
/// Writes entries and what becomes of them. Every act is one transaction that raises the entry's version; those of the office leave their line in the
/// <see cref="AuditTrail"/>. Nothing is deleted: what is withdrawn or hidden stays for the office.
/// </summary>
public sealed class FeedbackStore(SqlDatabase database, AuditTrail trail, ICurrentCatalog catalog, IOptions<FeedbackOptions> options, TimeProvider time)
{
    /// <summary>What the trail calls an entry: of one width, so that no entry's name begins with another's.</summary>
    public static string SubjectOf(long number) => string.Create(CultureInfo.InvariantCulture, $"feedback/{number:D7}");

    /// <summary>Writes an entry down.</summary>
    /// <param name="draft">What it says.</param>
    /// <param name="accountId">Who says it.</param>
    /// <param name="once">Of the form that it came by, up to 64 characters: the same form sent again is the same entry.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<FeedbackResult> WriteAsync(FeedbackDraft draft, string accountId, string once, CancellationToken stop)
    {
        if (draft.Faults(catalog.Current).Any() || !FeedbackRules.IsLine(once, 1, 64))
        {
            return new FeedbackResult(FeedbackOutcome.Refused);
        }
        DateTimeOffset now = time.GetUtcNow();
        return await database.WriteAsync(
            async transaction =>
            {
                // Held until the commit: entries come one after the other, so that those of a day can be counted.
                long last = await transaction.Connection!.ExecuteScalarAsync<long>("UPDATE feedback_head SET number = number WHERE id = 1 RETURNING number", transaction: transaction);
                if (await transaction.Connection!.ExecuteScalarAsync<long?>(
                    "SELECT number FROM feedback WHERE account_id = @accountId AND once = @once", new { accountId, once }, transaction) is { } same)
                {
                    return new FeedbackResult(FeedbackOutcome.Done, same);
                }
                long today = await transaction.Connection!.ExecuteScalarAsync<long>(
                    "SELECT COUNT(*) FROM feedback WHERE account_id = @accountId AND created_at > @Since", new { accountId, Since = now.AddDays(-1) }, transaction);
                if (today >= options.Value.PerDay)
                {
                    return new FeedbackResult(FeedbackOutcome.TooMany);
                }
                long number = last + 1;
                await transaction.Connection!.ExecuteAsync(
                    """
                    UPDATE feedback_head SET number = @number WHERE id = 1;
                    INSERT INTO feedback (number, kind, state, dataset, edition, document, title, body, contact, account_id, once, created_at, updated_at, version)
                    VALUES (@number, @Kind, 'new', @Dataset, @Edition, @Document, @Title, @Body, @Contact, @accountId, @once, @now, @now, 1);
                    """,
                    new
                    {
                        number,
                        Kind = draft.Kind.ToText(),
                        Dataset = OrNull(draft.Dataset),
                        Edition = OrNull(draft.Edition),
                        Document = OrNull(draft.Document),
                        draft.Title,
                        draft.Body,
                        Contact = OrNull(draft.Contact),
                        accountId,
                        once,
                        now,
                    },
                    transaction);
                return new FeedbackResult(FeedbackOutcome.Done, number);
            },
            stop);
    }

    /// <summary>Takes an entry back, for whoever wrote it. Taking it back again is done, too.</summary>
    public Task<FeedbackResult> WithdrawAsync(long number, string accountId, CancellationToken stop) => ChangeAsync(
        number,
        null,
        null,
        (_, item) => Task.FromResult(
            item.AccountId != accountId ? new Change(FeedbackOutcome.NotFound)
            : item.State is FeedbackState.Withdrawn ? new Change(FeedbackOutcome.Done)
            : new Change(item with { State = FeedbackState.Withdrawn }, "", null, null, null)),
        stop);

    /// <summary>The office answers, or says how far it is, or both.</summary>
    /// <param name="number">Which entry.</param>
    /// <param name="version">The version that the curator saw.</param>
    /// <param name="state">How far it is.</param>
    /// <param name="answer">What everybody may read; empty for none.</param>
    /// <param name="by">The curator.</param>
    /// <param name="stop">Gives up.</param>
    public Task<FeedbackResult> AnswerAsync(long number, long version, FeedbackState state, string answer, Curator by, CancellationToken stop) => ChangeAsync(
        number,
        version,
        by,
        async (transaction, item) =>
        {
            bool answered = answer.Length > 0 || await transaction.Connection!.ExecuteScalarAsync<long>(
                "SELECT COUNT(*) FROM feedback_answers WHERE number = @number", new { number }, transaction) > 0;
            if (!FeedbackRules.OfficeMay(item.State, state, answered) || !FeedbackRules.IsText(answer, 0, FeedbackRules.LongestBody))
            {
                return new Change(FeedbackOutcome.Refused);
            }
            if (answer.Length == 0 && state == item.State)
            {
                return new Change(FeedbackOutcome.Done);
            }
            if (answer.Length > 0)
            {
                await transaction.Connection!.ExecuteAsync(
                    "INSERT INTO feedback_answers (number, version, at, account_id, body) VALUES (@number, @Version, @Now, @AccountId, @answer)",
                    new { number, item.Version, Now = item.UpdatedAt, by.AccountId, answer },
                    transaction);
            }
            return new Change(item with { State = state }, "feedback.answer", item.State.ToText(), answer.Length > 0 ? $"{state.ToText()}: {answer}" : state.ToText(), null);
        },
        stop);

    /// <summary>Shows an entry to nobody but the office and whoever wrote it, or shows it again.</summary>
    /// <param name="number">Which entry.</param>
    /// <param name="version">The version that the curator saw.</param>
    /// <param name="reason">Why it is hidden; null to show it again.</param>
    /// <param name="by">The curator.</param>
    /// <param name="stop">Gives up.</param>
    public Task<FeedbackResult> HideAsync(long number, long version, string? reason, Curator by, CancellationToken stop) => ChangeAsync(
        number,
        version,
        by,
        (_, item) => Task.FromResult(
            reason is not null && !FeedbackRules.IsLine(reason, 3, FeedbackRules.LongestReason) ? new Change(FeedbackOutcome.Refused)
            : reason == item.Hidden ? new Change(FeedbackOutcome.Done)
            : reason is null ? new Change(item with { Hidden = null }, "feedback.show", $"hidden: {item.Hidden}", "shown", null)
            : new Change(item with { Hidden = reason }, "feedback.hide", item.Hidden is { } before ? $"hidden: {before}" : "shown", "hidden", reason)),
        stop);

    private Task<FeedbackResult> ChangeAsync(
        long number, long? seen, Curator? by, Func<DbTransaction, FeedbackItem, Task<Change>> change, CancellationToken stop)
    {
        DateTimeOffset now = SqlTime.Truncate(time.GetUtcNow());
        return database.WriteAsync(
            async transaction =>
            {
                // The first statement locks the row; where nothing comes of it the version stays as it was.
                FeedbackItem? item = await transaction.Connection!.QuerySingleOrDefaultAsync<FeedbackItem>(
                    """
                    UPDATE feedback SET number = number WHERE number = @number
                    RETURNING number, kind, state, dataset, edition, document, title, body, contact, account_id, hidden, created_at, updated_at, version
                    """,
                    new { number },
                    transaction);
                if (item is null)
                {
                    return new FeedbackResult(FeedbackOutcome.NotFound);
                }
                if (seen is not null && item.Version != seen)
                {
                    return new FeedbackResult(FeedbackOutcome.Changed, number);
                }
                Change done = await change(transaction, item with { Version = item.Version + 1, UpdatedAt = now });
                if (done.After is { } after)
                {
                    await transaction.Connection!.ExecuteAsync(
                        "UPDATE feedback SET state = @State, hidden = @Hidden, updated_at = @UpdatedAt, version = @Version WHERE number = @Number",
                        new { State = after.State.ToText(), after.Hidden, after.UpdatedAt, after.Version, after.Number },
                        transaction);
                    if (by is not null)
                    {
                        await trail.AddAsync(transaction, new AuditAct($"account:{by.AccountId}", done.Action, SubjectOf(number), by.Address, done.Reason, done.Was, done.Is));
                    }
                }
                return new FeedbackResult(done.Outcome, number);
            },
            stop);
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    /// <summary>What an act makes of an entry; without an entry nothing is changed.</summary>
    private sealed record Change(FeedbackOutcome Outcome, FeedbackItem? After = null, string Action = "", string? Was = null, string? Is = null, string? Reason = null)
    {
        public Change(FeedbackItem after, string action, string? was, string? now, string? reason)
            : this(FeedbackOutcome.Done, after, action, was, now, reason)
        {
        }
    }
}

/// <summary>Who acts for the office.</summary>
/// <param name="AccountId">Their account.</param>
/// <param name="Address">Where the request comes from.</param>
public sealed record Curator(string AccountId, string? Address);
