using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using OpenData.Server.Mail;
using OpenData.Tests.Accounts;
using OpenData.Tests.EndToEnd;
using OpenData.Tests.Support;

namespace OpenData.Tests.Mail;

/// <summary>Mails wait in the database until they were sent.</summary>
public sealed class OutboxTests
{
    private static readonly MailOptions On = new() { Host = "127.0.0.1", From = "data@office.example" };

    [Theory, OnSqlite, OnPostgres]
    public async Task A_mail_is_taken_by_one_node_at_a_time_and_again_after_a_pause_until_it_was_sent(DatabaseKind kind)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(kind);
        FakeTime time = new();
        using Outbox one = new(database.Sql, Options.Create(On), time);
        await using Server.Database.SqlDatabase sql = database.OpenAnother();
        using Outbox two = new(sql, Options.Create(On), time);
        await one.AddAsync("anna@acme.example", "Subject\r\nBcc: evil@example", "Text 文本", CancellationToken.None);

        WaitingMail mail = (await two.TakeAsync(CancellationToken.None)).ShouldNotBeNull();
        (mail.Recipient, mail.Subject, mail.Body, mail.Attempts).ShouldBe(("anna@acme.example", "Subject  Bcc: evil@example", "Text 文本", 1));
        (await one.TakeAsync(CancellationToken.None)).ShouldBeNull("the other has it");

        // The other dies: after its turn it is anybody's again.
        time.Advance(TimeSpan.FromMinutes(3));
        mail = (await one.TakeAsync(CancellationToken.None)).ShouldNotBeNull();
        mail.Attempts.ShouldBe(2);
        await one.PutBackAsync(mail, mail.Pause, CancellationToken.None);
        time.Advance(TimeSpan.FromMinutes(1));
        (await one.TakeAsync(CancellationToken.None)).ShouldBeNull("the pause doubled");
        time.Advance(TimeSpan.FromMinutes(1));
        mail = (await one.TakeAsync(CancellationToken.None)).ShouldNotBeNull();
        await one.RemoveAsync(mail, CancellationToken.None);
        time.Advance(TimeSpan.FromDays(1));
        (await two.TakeAsync(CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Without_a_mail_server_nothing_is_put_in_nor_where_the_address_is_none()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        using Outbox off = new(database.Sql, Options.Create(new MailOptions()), TimeProvider.System);
        await off.AddAsync("anna@acme.example", "s", "b", CancellationToken.None);
        using Outbox on = new(database.Sql, Options.Create(On), TimeProvider.System);
        await on.AddAsync("no address", "s", "b", CancellationToken.None);
        (await on.TakeAsync(CancellationToken.None)).ShouldBeNull();
    }

    [SmtpFact]
    public async Task A_mail_goes_out_over_smtp_with_its_text_whole()
    {
        await using SmtpServer server = await SmtpServer.StartAsync();
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        (Outbox outbox, MailSender sender, _) = Start(database, server.Settings());
        using (sender)
        {
            await outbox.AddAsync("anna@acme.example", "请确认 – Grüße", ".\r\nFrom a dot to 专利\r\n", CancellationToken.None);
            await sender.StartAsync(CancellationToken.None);
            (string headers, string text) = await server.MailAsync(0);
            headers.ShouldContain("IP Basic Data");
            text.ShouldStartWith(".\r\nFrom a dot to 专利");
            await Eventually.TrueAsync(async () => await outbox.TakeAsync(CancellationToken.None) is null, "it is out of the box");
            await sender.StopAsync(CancellationToken.None);
        }
    }

    [SmtpFact]
    public async Task Neither_password_nor_mail_goes_to_a_server_without_encryption_where_that_is_asked_for()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using SmtpServer server = await SmtpServer.StartAsync();
        (Outbox outbox, MailSender sender, CapturedLog log) = Start(database, server.Settings(tls: true));
        using (sender)
        {
            await outbox.AddAsync("anna@acme.example", "s", "b", CancellationToken.None);
            await sender.StartAsync(CancellationToken.None);
            await Eventually.TrueAsync(
                () => Task.FromResult(log.Lines.Any(line => line.Contains("could not be sent (attempt 1)", StringComparison.Ordinal))), "the attempt failed", TimeSpan.FromSeconds(90));
            await sender.StopAsync(CancellationToken.None);
        }
        server.Mails().ShouldBeEmpty();
        log.Lines.ShouldNotContain(line => line.Contains("secret", StringComparison.Ordinal));
    }

    [SmtpFact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_and_said_so()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using SmtpServer server = await SmtpServer.StartAsync(tls: true);
        (Outbox outbox, MailSender sender, CapturedLog log) = Start(database, server.Settings(tls: true));
        using (sender)
        {
            await outbox.AddAsync("anna@acme.example", "s", "b", CancellationToken.None);
            await sender.StartAsync(CancellationToken.None);
            await Eventually.TrueAsync(
                () => Task.FromResult(log.Lines.Any(line => line.Contains("could not be sent (attempt 1)", StringComparison.Ordinal))), "the attempt failed", TimeSpan.FromSeconds(90));
            await sender.StopAsync(CancellationToken.None);
        }
        server.Mails().ShouldBeEmpty();
        log.Lines.ShouldContain(line => line.Contains($"The certificate of the mail server 127.0.0.1:{server.Port} is refused", StringComparison.Ordinal));
        log.Lines.ShouldNotContain(line => line.Contains("secret", StringComparison.Ordinal));
    }

    [SmtpFact]
    public async Task A_mail_goes_out_encrypted_where_the_machine_trusts_the_certificate()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(DatabaseKind.Sqlite);
        await using SmtpServer server = await SmtpServer.StartAsync(tls: true);
        using TemporaryFolder folder = new();
        using (Outbox outbox = new(database.Sql, Options.Create(On), TimeProvider.System))
        {
            await outbox.AddAsync("anna@acme.example", "s", "over TLS", CancellationToken.None);
        }
        // A process of its own: whom a machine trusts is read once.
        string[] settings = [.. database.Settings.Select(pair => $"{pair.Key}={pair.Value}"), .. server.Settings(tls: true)];
        await using ServerProcess sends = ServerProcess.Start(
            new Dictionary<string, string> { ["SSL_CERT_FILE"] = server.Certificate },
            ["serve", "--roles", "gateway", "--data", folder.Path, "--urls", "{url}", .. settings.SelectMany(pair => (string[])["--set", pair])]);
        (string headers, string text) = await server.MailAsync(0);
        headers.ShouldContain("X-Encrypted: TLSv1.", Case.Sensitive, sends.Output);
        text.ShouldContain("over TLS");
    }

    [Theory]
    [InlineData("From", null, "OpenData:Mail:From is missing")]
    [InlineData("From", "nobody", "OpenData:Mail:From is 'nobody'")]
    [InlineData("Port", "0", "OpenData:Mail:Port is 0")]
    [InlineData("User", "office", "OpenData:Mail:User and OpenData:Mail:Password")]
    [InlineData("Host", null, "OpenData:Mail:Host is missing")]
    public void A_wrong_setting_is_named(string name, string? value, string fault)
    {
        Dictionary<string, string?> settings = new() { ["Host"] = "mail.example", ["From"] = "data@office.example", [name] = value };
        MailOptions options = new ConfigurationBuilder().AddInMemoryCollection(settings).Build().Get<MailOptions>()!;
        options.Faults().ShouldContain(found => found.StartsWith(fault, StringComparison.Ordinal));
    }

    private static (Outbox, MailSender, CapturedLog) Start(TestDatabase database, string[] settings)
    {
        MailOptions options = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0]["OpenData:Mail:".Length..], (string?)pair[1]))).Build().Get<MailOptions>()!;
        CapturedLog log = new();
        Outbox outbox = new(database.Sql, Options.Create(options), TimeProvider.System);
        return (outbox, new MailSender(outbox, Options.Create(options), log.Of<MailSender>()), log);
    }
}
