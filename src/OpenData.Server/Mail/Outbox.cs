using System.Net.Mail;
using Dapper;
using Microsoft.Extensions.Options;
using OpenData.Server.Database;

namespace OpenData.Server.Mail;

/// <summary>
/// What waits to be sent, in the database, so that neither a mail server that is away nor a killed process loses a mail. A mail is sent at least once: who dies
/// between sending and noting it sends it again.
/// </summary>
public sealed class Outbox(SqlDatabase database, IOptions<MailOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Attempts before a mail is given up: after some two days.</summary>
    internal const int MostAttempts = 10;

    /// <summary>For how long a sender has a mail to itself.</summary>
    private static readonly TimeSpan s_turn = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim _news = new(0);

    /// <summary>True where mail is sent at all.</summary>
    public bool IsOn => options.Value.IsOn;

    /// <summary>Puts a mail in; nothing where no mail is sent, or the address is none.</summary>
    public async Task AddAsync(string recipient, string subject, string body, CancellationToken stop)
    {
        if (!IsOn || !MailAddress.TryCreate(recipient, out _))
        {
            return;
        }
        DateTimeOffset now = time.GetUtcNow();
        await database.WriteAsync(
            transaction => transaction.Connection!.ExecuteAsync(
                "INSERT INTO mails (id, recipient, subject, body, next_at, attempts, created_at) VALUES (@id, @recipient, @subject, @body, @now, 0, @now)",
                new { id = Guid.CreateVersion7(now).ToString("N"), recipient, subject = string.Join(' ', subject.Split('\r', '\n')), body, now },
                transaction),
            stop);
        _news.Release();
    }

    /// <summary>Waits until something was put in here, or a while.</summary>
    internal Task<bool> WaitAsync(TimeSpan atMost, CancellationToken stop) => _news.WaitAsync(atMost, stop);

    /// <summary>Takes a mail that is due for a turn of its own, on one node only; null where none is.</summary>
    internal async Task<WaitingMail?> TakeAsync(CancellationToken stop) => await database.WriteAsync(
        transaction =>
        {
            DateTimeOffset now = time.GetUtcNow();
            return transaction.Connection!.QuerySingleOrDefaultAsync<WaitingMail>(
                """
                UPDATE mails SET attempts = attempts + 1, next_at = @until
                WHERE id = (SELECT id FROM mails WHERE next_at <= @now ORDER BY next_at, id LIMIT 1) AND next_at <= @now
                RETURNING id, recipient, subject, body, attempts
                """,
                new { now, until = now + s_turn },
                transaction);
        },
        stop);

    /// <summary>It was sent, or is given up.</summary>
    internal Task RemoveAsync(WaitingMail mail, CancellationToken stop) =>
        database.WriteAsync(transaction => transaction.Connection!.ExecuteAsync("DELETE FROM mails WHERE id = @Id", new { mail.Id }, transaction), stop);

    /// <inheritdoc/>
    public void Dispose() => _news.Dispose();

    /// <summary>It could not be sent: later again.</summary>
    internal Task PutBackAsync(WaitingMail mail, TimeSpan wait, CancellationToken stop) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync("UPDATE mails SET next_at = @at WHERE id = @Id", new { mail.Id, at = time.GetUtcNow() + wait }, transaction), stop);
}

/// <summary>A mail that one sender has for a while.</summary>
internal sealed record WaitingMail
{
    public required string Id { get; init; }

    public required string Recipient { get; init; }

    public required string Subject { get; init; }

    public required string Body { get; init; }

    /// <summary>With this one.</summary>
    public required int Attempts { get; init; }

    /// <summary>How long to wait after a failure: 1 min, doubled each time, up to 12 h.</summary>
    public TimeSpan Pause => TimeSpan.FromMinutes(Math.Min(Math.Pow(2, Attempts - 1), 12 * 60));
}
