using System.Net;
using System.Text;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

// Proofs: applicants add them, officers read them, nobody else does.
public abstract partial class MemberTests
{
    private static readonly byte[] s_pdf = Encoding.ASCII.GetBytes("%PDF-1.7\n<script>alert(1)</script>\n%%EOF\n");

    [ContractFact]
    public async Task An_applicant_adds_proofs_without_scripts_and_an_officer_downloads_them_which_is_written_down()
    {
        IPage page = await site.BrowseAsync("en", scripts: false);
        // Not by the page: that lets five register from one network.
        Registration told = new("proving ltd", "Proving Ltd", "A. Person", "A mirror of the weekly grants for our search service.", null, null);
        (await site.Of<AccountStore>().RegisterAsync(told, await site.Of<Passwords>().HashAsync(Password, CancellationToken.None), CancellationToken.None)).Done.ShouldBeTrue();
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        await SignInAsync(page, "proving ltd", Password);
        await page.Locator("#proof").SetInputFilesAsync(new FilePayload { Name = "营业执照 <1>.pdf", MimeType = "text/html", Buffer = s_pdf });
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the proof" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldBe("The proof is added.");
        await page.Locator("#proof").SetInputFilesAsync(new FilePayload { Name = "program.pdf", MimeType = "application/pdf", Buffer = "MZ\u0090\0"u8.ToArray() });
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the proof" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("not a PDF, PNG or JPEG");
        await page.Locator("#proof").SetInputFilesAsync(new FilePayload { Name = "long.pdf", MimeType = "application/pdf", Buffer = [.. s_pdf, .. new byte[10_000_000]] });
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the proof" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("larger than 10 MB");
        (await page.Locator("#proofs li").InnerTextAsync()).ShouldContain("营业执照 1.pdf");
        await site.PictureAsync(page, "account-proofs-en");
        string own = (await page.Locator("#proofs li a").GetAttributeAsync("href")).ShouldNotBeNull();
        IAPIResponse mine = await page.APIRequest.GetAsync(own);
        (mine.Status, mine.Headers["content-disposition"].Split(';')[0], mine.Headers["x-content-type-options"]).ShouldBe((200, "attachment", "nosniff"));
        (await mine.BodyAsync()).ShouldBe(s_pdf, "its owner has it back");
        Account account = (await site.Of<AccountStore>().FindAsync("proving ltd", CancellationToken.None)).Value.ShouldNotBeNull();
        Proof proof = (await site.Of<AccountStore>().ProofsAsync(account.Id, CancellationToken.None)).ShouldHaveSingleItem();
        string address = $"/admin/accounts/{account.Id}/proofs/{proof.Id}";

        // Not for its owner at the desk's address, nor for anybody without an account.
        (await page.APIRequest.GetAsync(address)).Status.ShouldBe(403);
        using (HttpResponseMessage nobody = await site.Client.GetAsync(address))
        {
            nobody.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        }

        (Account officer, string cookies) = await EnterAsync("proof officer", AccountState.Active, Role.AccountOfficer);
        (await GetAsync("/admin/accounts", cookies)).Html.ShouldContain(address);
        (await GetAsync($"/admin/accounts/{account.Id}", cookies)).Html.ShouldContain(address);
        using (HttpRequestMessage request = new(HttpMethod.Get, address) { Headers = { { "Cookie", cookies }, { "Accept-Encoding", "gzip, br" } } })
        {
            using HttpResponseMessage answer = await site.Client.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(s_pdf);
            answer.Content.Headers.ContentType!.ToString().ShouldBe("application/pdf");
            answer.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
            answer.Content.Headers.ContentDisposition!.FileNameStar.ShouldBe("营业执照 1.pdf");
            answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("sandbox;");
            (answer.Headers.CacheControl!.NoStore, answer.Headers.CacheControl.Private).ShouldBe((true, true));
        }
        (await GetAsync(own, cookies)).Status.ShouldBe(HttpStatusCode.NotFound, "an officer's own proofs are others");
        using (HttpResponseMessage nobody = await site.Client.GetAsync(own))
        {
            nobody.Headers.Location!.ToString().ShouldStartWith("/account/sign-in");
        }
        (await GetAsync(address, (await EnterAsync("proof auditor", AccountState.Active, Role.Auditor)).Cookies)).Status.ShouldBe(HttpStatusCode.OK);
        (await GetAsync(address, (await EnterAsync("proof curator", AccountState.Active, Role.Curator)).Cookies)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await GetAsync($"/admin/accounts/{officer.Id}/proofs/{proof.Id}", cookies)).Status.ShouldBe(HttpStatusCode.NotFound, "it is not this account's");
        IReadOnlyList<AuditEntry> read = await site.Of<AuditTrail>().PageAsync(new AuditFilter(Action: "proof.download", Subject: "proving ltd"), null, 10, CancellationToken.None);
        read.Count.ShouldBe(2);
        read[^1].Actor.ShouldBe($"account:{officer.Id}");
        read[^1].After.ShouldNotBeNull().ShouldContain(proof.Sha256.ToString());

        // Refused, it may add more before it applies again, and take back what it added.
        await site.Of<AccountStore>().RefuseAsync(account.Id, "The licence is unreadable.", "test", CancellationToken.None);
        await page.GotoAsync("/account?lang=zh");
        await page.GetByRole(AriaRole.Button, new() { Name = "删除材料 营业执照 1.pdf" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldBe("材料已删除。");
        (await page.Locator("#proofs li").CountAsync()).ShouldBe(0);
        (await GetAsync(address, cookies)).Status.ShouldBe(HttpStatusCode.NotFound);
        await page.Locator("#proof").SetInputFilesAsync(new FilePayload { Name = "清晰.pdf", MimeType = "application/pdf", Buffer = s_pdf });
        await page.GetByRole(AriaRole.Button, new() { Name = "上传材料" }).ClickAsync();
        (await page.Locator("#proofs li").InnerTextAsync()).ShouldContain("清晰.pdf");
        if (Axe.Path is not null)
        {
            IPage seen = await site.BrowseAsync("zh-CN"); // what judges a page is a script
            await SignInInChineseAsync(seen);
            (await Axe.FaultsAsync(seen)).ShouldBeEmpty();
            await site.PictureAsync(seen, "account-proofs-zh");
            await seen.Context.CloseAsync();
        }
        await page.Context.CloseAsync();

        async Task SignInInChineseAsync(IPage seen)
        {
            await seen.GotoAsync("/account/sign-in");
            await seen.Locator("#name").FillAsync("proving ltd");
            await seen.Locator("#password").FillAsync(Password);
            await seen.Locator("main form button").ClickAsync();
            await seen.Locator("#proofs li").WaitForAsync();
        }
    }

    [ContractFact]
    public async Task A_proof_is_refused_without_the_token_and_is_never_taken_beyond_its_measure()
    {
        (Account account, string cookies) = await EnterAsync("hostile proofs", AccountState.Pending);
        (cookies, string token) = await FormAsync(cookies);
        (_, string otherCookies) = await EnterAsync("other proofs", AccountState.Pending);
        (otherCookies, string otherToken) = await FormAsync(otherCookies);

        (await UploadAsync(cookies, null, s_pdf)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await UploadAsync(cookies, otherToken, s_pdf)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await UploadAsync(cookies, token[..^2] + "xx", s_pdf)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await UploadAsync(cookies, new string('x', 5000), s_pdf)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await UploadAsync(cookies, token, s_pdf, ("Sec-Fetch-Site", "cross-site"))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await UploadAsync(cookies, token, s_pdf, ("Origin", "https://evil.example"))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await UploadAsync("", token, s_pdf)).Status.ShouldBe(HttpStatusCode.SeeOther, "nobody is signed in");
        (await site.PostAsync("/account/proofs", cookies, [("form_token", token), ("proof", "%PDF-1.7")])).ShouldBe(HttpStatusCode.BadRequest, "no multipart form");
        (await UploadAsync(cookies, token, [])).Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await UploadAsync(cookies, token, "<html><script>alert(1)</script>"u8.ToArray())).Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await UploadAsync(cookies, token, "GIF89a%PDF-1.7"u8.ToArray())).Status.ShouldBe(HttpStatusCode.UnprocessableEntity);

        // One that is too long is answered with a page, whether it ends soon or is given up.
        foreach (bool told in (bool[])[true, false])
        {
            (HttpStatusCode status, string html) = await UploadAsync(cookies, token, new Megabytes(40, told));
            status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
            html.ShouldContain("larger than 10 MB");
        }

        // A thousand megabytes are not taken: with the length told first or not, with the token or without.
        foreach ((string? sent, bool told) in ((string?, bool)[])[(token, true), (token, false), (null, true), (null, false)])
        {
            (await PourAsync(cookies, sent, told)).ShouldBeLessThan(120_000_000);
        }
        (await site.Of<AccountStore>().ProofsAsync(account.Id, CancellationToken.None)).ShouldBeEmpty();

        (await UploadAsync(cookies, token, s_pdf)).Status.ShouldBe(HttpStatusCode.SeeOther, "the very same with its own token");
        Proof proof = (await site.Of<AccountStore>().ProofsAsync(account.Id, CancellationToken.None)).ShouldHaveSingleItem();
        (await site.PostAsync($"/account/proofs/{proof.Id}/remove", otherCookies, [("form_token", otherToken)])).ShouldBe(HttpStatusCode.NotFound);
        (await site.PostAsync($"/account/proofs/{proof.Id}/remove", cookies, [])).ShouldBe(HttpStatusCode.BadRequest);
        (await GetAsync("/account", otherCookies)).Html.ShouldNotContain(proof.Id);

        HttpStatusCode last = HttpStatusCode.OK;
        for (int i = 0; i < 25 && last is not HttpStatusCode.TooManyRequests; i++)
        {
            (last, _) = await UploadAsync(otherCookies, otherToken, "no proof"u8.ToArray());
        }
        last.ShouldBe(HttpStatusCode.TooManyRequests, "one account sends twenty a day");
    }

    /// <summary>An account with a session, as its cookie.</summary>
    private async Task<(Account Account, string Cookies)> EnterAsync(string name, AccountState state, params string[] roles)
    {
        Account account = (await site.Of<AccountStore>().AddAsync(name, null, null, state, roles, "test", CancellationToken.None)).Value.ShouldNotBeNull();
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        return (account, $"{Server.Web.Members.MemberSession.Cookie}={await site.Of<Sessions>().BeginAsync(account.Id, IPAddress.Loopback, CancellationToken.None)}");
    }

    /// <summary>What a browser has after it saw the account's page.</summary>
    private async Task<(string Cookies, string Token)> FormAsync(string cookies)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/account") { Headers = { { "Cookie", cookies } } };
        using HttpResponseMessage answer = await site.Client.SendAsync(request);
        string set = answer.Headers.GetValues("Set-Cookie").Single(cookie => cookie.StartsWith("__Host-form=", StringComparison.Ordinal)).Split(';')[0];
        string token = (await answer.Content.ReadAsStringAsync()).Split("name=\"form_token\" value=\"", 2)[1].Split('"', 2)[0];
        return ($"{cookies}; {set}", token);
    }

    private async Task<(HttpStatusCode Status, string Html)> GetAsync(string path, string cookies)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { { "Cookie", cookies } } };
        using HttpResponseMessage answer = await site.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private Task<(HttpStatusCode Status, string Html)> UploadAsync(string cookies, string? token, byte[] content, params (string Name, string Value)[] headers) =>
        UploadAsync(cookies, token, new ByteArrayContent(content), headers);

    private async Task<(HttpStatusCode Status, string Html)> UploadAsync(string cookies, string? token, HttpContent content, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/account/proofs") { Content = FormOf(token, content) };
        request.Headers.TransferEncodingChunked = content is Megabytes { IsTold: false } ? true : null;
        request.Headers.TryAddWithoutValidation("Cookie", cookies);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using HttpResponseMessage answer = await site.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Sends a gigabyte; returns how much of it went out.</summary>
    private async Task<long> PourAsync(string cookies, string? token, bool told)
    {
        using Megabytes gigabyte = new(1000, told);
        using HttpRequestMessage request = new(HttpMethod.Post, "/account/proofs") { Content = FormOf(token, gigabyte) };
        request.Headers.TryAddWithoutValidation("Cookie", cookies);
        request.Headers.TransferEncodingChunked = !told;
        try
        {
            using HttpResponseMessage answer = await site.Client.SendAsync(request);
            ((int)answer.StatusCode).ShouldBeInRange(400, 499);
        }
        catch (HttpRequestException)
        {
            // The connection was ended under what was still being sent.
        }
        return gigabyte.Sent;
    }

    private static MultipartFormDataContent FormOf(string? token, HttpContent file)
    {
        MultipartFormDataContent form = [];
        if (token is not null)
        {
            form.Add(new StringContent(token), "\"form_token\"");
        }
        form.Add(file, "\"proof\"", "\"licence.pdf\"");
        return form;
    }

    private sealed class Megabytes(int megabytes, bool told) : HttpContent
    {
        private long _sent;

        public bool IsTold => told;

        private long Length => megabytes * 1_000_000L;

        public long Sent => Interlocked.Read(ref _sent);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            byte[] piece = new byte[100_000];
            s_pdf.CopyTo(piece, 0);
            while (Sent < Length)
            {
                await stream.WriteAsync(piece);
                Interlocked.Add(ref _sent, piece.Length);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = Length;
            return told;
        }
    }
}
