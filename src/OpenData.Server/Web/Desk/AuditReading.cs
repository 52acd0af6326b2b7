using System.Globalization;
using OpenData.Server.Accounts;
using OpenData.Server.Audit;

namespace OpenData.Server.Web.Desk;

/// <summary>Reads the trail of the desk and the changes of accounts as one list, the newest first.</summary>
internal sealed class AuditReading(AuditTrail trail, AccountStore accounts, ActorNames names)
{
    /// <summary>A page. Each of the two lists goes on where it stood: a line is never missed, and none comes twice.</summary>
    /// <param name="filter">Which; the actor by name.</param>
    /// <param name="after">Where the page before ended, or null to begin.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>The lines with actors and accounts by name, and where the next page goes on; null at the end.</returns>
    public async Task<(IReadOnlyList<AuditEntry> Lines, string? Next)> PageAsync(AuditFilter filter, string? after, int limit, CancellationToken stop)
    {
        (string? id, long? version) = Parse(after);
        AuditFilter asked = filter with { Actor = filter.Actor is { } name ? names.ActorOf(name) : null };
        IReadOnlyList<AuditEntry> acts = await trail.PageAsync(asked, id, limit + 1, stop);
        IReadOnlyList<AuditLine> changes = await accounts.AuditAsync(asked.Actor, asked.Action, asked.Subject, asked.From, asked.Until, version, limit + 1, stop);
        (AuditEntry Line, AuditLine? Change)[] together =
        [
            .. acts.Select(act => (act, (AuditLine?)null)).Concat(changes.Select(change => (Of(change), (AuditLine?)change)))
                .OrderByDescending(line => line.Item1.At).Take(limit + 1),
        ];
        (AuditEntry Line, AuditLine? Change)[] page = [.. together.Take(limit)];
        string? next = together.Length <= limit ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{page.LastOrDefault(line => line.Change is null).Line?.Id ?? id ?? Last}-{page.LastOrDefault(line => line.Change is not null).Change?.Version ?? version ?? long.MaxValue}");
        return ([.. page.Select(line => line.Line with { Actor = names.Of(line.Line.Actor) })], next);
    }

    /// <summary>An id behind every other.</summary>
    private const string Last = "ffffffffffffffffffffffffffffffff";

    private AuditEntry Of(AuditLine change) => new()
    {
        Id = string.Create(CultureInfo.InvariantCulture, $"account-{change.Version}"),
        At = change.At,
        Actor = change.Actor,
        Action = change.Action,
        Subject = names.Of("account:" + change.AccountId) + (change.Subject is null ? "" : $" · {change.Subject}"),
        Before = change.Before,
        After = change.After,
    };

    private static (string? Id, long? Version) Parse(string? after) =>
        after?.Split('-') is [{ Length: 32 } id, var number] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long version) ? (id, version) : (null, null);
}
