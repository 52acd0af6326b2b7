using System.Data.Common;
using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Options;
using OpenData.Server.Database;

namespace OpenData.Server.Mail;

/// <summary>
/// Sends what is in the <see cref="Outbox"/>, one mail at a time, over a connection of its own. Where the settings ask for encryption, a server that offers none or
/// cannot prove its name gets neither the password nor the mail.
/// </summary>
internal sealed partial class MailSender(Outbox outbox, IOptions<MailOptions> options, ILogger<MailSender> log) : BackgroundService
{
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!outbox.IsOn)
        {
            return;
        }
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await outbox.TakeAsync(stoppingToken) is { } mail)
                {
                    await TryAsync(mail, stoppingToken);
                }
            }
            catch (Exception e) when (e is DbException or DatabaseUnavailableException)
            {
                LogAway(e);
            }
            await outbox.WaitAsync(s_poll, stoppingToken);
        }
    }

    private async Task TryAsync(WaitingMail mail, CancellationToken stop)
    {
        try
        {
            await SendAsync(mail, stop);
        }
        catch (Exception e) when (!stop.IsCancellationRequested) // whatever it is: one mail's failure must not keep the others
        {
            if (mail.Attempts >= Outbox.MostAttempts)
            {
                LogGivenUp(e, mail.Id, mail.Attempts);
                await outbox.RemoveAsync(mail, stop);
                return;
            }
            LogFailed(e, mail.Id, mail.Attempts, mail.Pause);
            await outbox.PutBackAsync(mail, mail.Pause, stop);
            return;
        }
        await outbox.RemoveAsync(mail, stop);
    }

    private async Task SendAsync(WaitingMail mail, CancellationToken stop)
    {
        MailOptions settings = options.Value;
        using SmtpClient client = new(settings.Host, settings.Port) { EnableSsl = settings.Tls };
        if (settings.User is not null)
        {
            string password = settings.PasswordFile is { } file ? (await File.ReadAllTextAsync(file, stop)).TrimEnd('\r', '\n') : settings.Password!;
            client.Credentials = new NetworkCredential(settings.User, password);
        }
        using MailMessage message = new(new MailAddress(settings.From!), new MailAddress(mail.Recipient))
        {
            Subject = mail.Subject,
            SubjectEncoding = Encoding.UTF8,
            Body = mail.Body,
            BodyEncoding = Encoding.UTF8,
            BodyTransferEncoding = TransferEncoding.Base64,
        };
        message.Headers.Add("Auto-Submitted", "auto-generated"); // RFC 3834: nobody's absence note comes back
        // On a thread of its own, and not SendMailAsync, which knows no time-out.
        client.Timeout = (int)s_longest.TotalMilliseconds;
        try
        {
            await Task.Run(() => client.Send(message), stop);
        }
        catch (Exception e) when (Distrust(e) is { } why)
        {
            throw new MailServerNotTrustedException($"{settings.Host}:{settings.Port}", why, e);
        }
    }

    /// <summary>What the handshake has against the server's certificate; null where that was not it.</summary>
    private static AuthenticationException? Distrust(Exception? e) => e is null ? null : e as AuthenticationException ?? Distrust(e.InnerException);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Mail {Id} could not be sent (attempt {Attempt}); it is tried again in {Pause}")]
    private partial void LogFailed(Exception e, string id, int attempt, TimeSpan pause);

    [LoggerMessage(Level = LogLevel.Error, Message = "Mail {Id} is given up after {Attempts} attempts")]
    private partial void LogGivenUp(Exception e, string id, int attempts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The mails to be sent cannot be read; they wait")]
    private partial void LogAway(Exception e);
}

/// <summary>The mail server's certificate was refused; nothing was said to it but hello.</summary>
/// <param name="server">Its address.</param>
/// <param name="why">What is wrong with the certificate.</param>
/// <param name="inner">What the client said.</param>
internal sealed class MailServerNotTrustedException(string server, AuthenticationException why, Exception inner) : IOException(
    $"The certificate of the mail server {server} is refused: {why.Message.TrimEnd('.')}. Neither password nor mail was sent. "
    + $"Look at whether {MailOptions.Section}:Host is the name in its certificate, and whether this machine trusts who signed it.",
    inner);
