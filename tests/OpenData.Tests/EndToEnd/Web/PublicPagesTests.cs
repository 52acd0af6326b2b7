using System.Net;
using System.Text.Json;
using Microsoft.Playwright;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Releases;
using OpenData.Server.Web.Reading;
using OpenData.Tests.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>What a researcher does before signing in: looks for data, reads about them, takes a sample and one document.</summary>
public abstract class PublicPagesTests(Site site)
{
    [ContractFact]
    public async Task Public_pages_are_small_kept_for_readers_and_made_anew_after_a_change()
    {
        string release = "/datasets/" + (await site.LatestAsync(Site.Registered)).Id;
        foreach (string language in (string[])["zh", "en"])
        {
            foreach (string path in (string[])["/?q=xml", $"/datasets/{Site.Registered}", release, "/guide", "/terms/basic-data"])
            {
                using HttpResponseMessage first = await AskAsync(path, language);
                using HttpResponseMessage second = await AskAsync(path, language);
                second.Content.Headers.ContentEncoding.ShouldBe(["br"], path);
                (await second.Content.ReadAsByteArrayAsync()).Length.ShouldBeLessThan(150_000, path);
                second.Content.Headers.ContentLanguage.ShouldBe([language == "zh" ? "zh-Hans" : "en"]);
                second.Headers.Contains("Content-Security-Policy").ShouldBeTrue("a kept page has all headers of one that is not");
            }
        }
        // Kept for ten seconds: of a few asked for at once after another all but the first come from memory, unless somebody brings a cookie.
        await Eventually.TrueAsync(async () => await AgeAsync(release) is not null && await AgeAsync(release) is not null, "a page is kept");
        (await AgeAsync(release, "__Host-session=nobody")).ShouldBeNull();
        (await AgeAsync(release, "lang=en; anything=else")).ShouldBeNull();
        await site.Of<SqlDatabase>().TellChangedAsync(Site.Open);
        await site.Of<OpenData.Server.Releases.ChangeWatch>().RefreshAsync(CancellationToken.None);
        (await AgeAsync(release + "?entry=after-the-change")).ShouldBeNull();

        // A page with a form's token is one reader's: neither kept nor compressed.
        using HttpResponseMessage form = await AskAsync("/account/sign-in", "en");
        form.Content.Headers.ContentEncoding.ShouldBeEmpty();
        form.Headers.Age.ShouldBeNull();

        async Task<TimeSpan?> AgeAsync(string path, string? cookie = null)
        {
            using HttpResponseMessage answer = await AskAsync(path, "en", cookie);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            return answer.Headers.Age;
        }
    }

    private async Task<HttpResponseMessage> AskAsync(string path, string language, string? cookie = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Language", language);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, deflate, br");
        if (cookie is not null)
        {
            request.Headers.TryAddWithoutValidation("Cookie", cookie);
        }
        return await site.Client.SendAsync(request);
    }

    [ContractFact]
    public async Task A_researcher_finds_a_dataset_reads_about_it_and_opens_its_newest_edition_in_Chinese()
    {
        IPage page = await site.BrowseAsync("zh-CN");
        await page.GotoAsync("/");
        (await page.TitleAsync()).ShouldBe("知识产权基础数据");
        (await page.Locator("table.datasets tbody tr").CountAsync()).ShouldBe(44);
        await site.PictureAsync(page, "catalog-zh");

        await page.GetByLabel("检索数据集").FillAsync("全文");
        await page.GetByRole(AriaRole.Button, new() { Name = "检索" }).ClickAsync();
        page.Url.ShouldEndWith("/?q=%E5%85%A8%E6%96%87");
        await page.GetByRole(AriaRole.Link, new() { Name = "中国", Exact = false }).First.WaitForAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "中国发明专利申请公布标准化全文文本数据" }).ClickAsync();
        (await page.Locator("h1").InnerTextAsync()).ShouldBe("中国发明专利申请公布标准化全文文本数据");
        (await page.Locator("#manual").InnerTextAsync()).ShouldContain("数据手册：全文文本");
        await site.PictureAsync(page, "dataset-zh");

        await page.GetByRole(AriaRole.Link, new() { Name = "最新一期 " }).ClickAsync();
        (await page.Locator("#compared").InnerTextAsync()).ShouldContain("文献数");
        (await page.Locator("#completeness").InnerTextAsync()).ShouldContain("权威文件列出");
        await site.PictureAsync(page, "release-zh");
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task The_same_in_English_without_scripts_with_filters_in_the_address_and_a_document_out_of_an_archive()
    {
        IPage page = await site.BrowseAsync("en", scripts: false);
        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "IC registrations, China: 1" }).ClickAsync();
        page.Url.ShouldEndWith("/?jurisdiction=CN&content=ic-registration");
        await page.Locator("table.datasets tbody tr").HasAsync(1);
        await page.GetByRole(AriaRole.Link, new() { Name = "Remove China" }).ClickAsync();
        page.Url.ShouldEndWith("/?content=ic-registration");

        await page.Locator("table.datasets tbody th a").First.ClickAsync();
        await page.Locator("table.plain tbody th a").First.ClickAsync();
        await page.GetByLabel("Name contains").FillAsync(".xml");
        await page.Locator("#entries").GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();
        ILocator entry = page.Locator("#entries tbody th a").First;
        string address = (await entry.GetAttributeAsync("href")).ShouldNotBeNull();
        using HttpResponseMessage document = await site.Client.GetAsync(address);
        document.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await document.Content.ReadAsStringAsync()).ShouldStartWith("<?xml");
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task The_language_is_switched_and_remembered()
    {
        IPage page = await site.BrowseAsync("en");
        await page.GotoAsync("/guide");
        (await page.Locator("h1").InnerTextAsync()).ShouldBe("Guide to using the basic data");
        await page.GetByRole(AriaRole.Link, new() { Name = "中文" }).ClickAsync();
        (await page.Locator("h1").InnerTextAsync()).ShouldBe("知识产权基础数据使用指南");
        await page.GotoAsync("/terms/basic-data");
        (await page.Locator("html").GetAttributeAsync("lang")).ShouldBe("zh-Hans");
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task A_withdrawn_release_says_why_and_an_unknown_address_where_to_go()
    {
        Release latest = await site.LatestAsync(Site.Agreement);
        Release first = (await site.Of<ReleaseQueries>().PageAsync(Site.Agreement, null, null, null, 10, currentOnly: true, CancellationToken.None))[^1];
        first.Edition.ShouldNotBe(latest.Edition);
        await site.Of<Withdrawals>().WithdrawAsync(first.Id, "numbers were wrong <b>", CancellationToken.None);

        IPage page = await site.BrowseAsync("en");
        IResponse gone = (await page.GotoAsync($"/datasets/{first.Id}")).ShouldNotBeNull();
        gone.Status.ShouldBe(410);
        (await page.Locator(".lead").InnerTextAsync()).ShouldContain("numbers were wrong <b>");
        await page.GetByRole(AriaRole.Link, new() { Name = "To the dataset" }).ClickAsync();
        (await page.Locator("#editions").InnerTextAsync()).ShouldContain("withdrawn");

        (await page.GotoAsync("/nothing/here"))!.Status.ShouldBe(404);
        (await page.Locator("h1").InnerTextAsync()).ShouldBe("There is no such page");
        (await page.GotoAsync("/datasets/XX-UNKNOWN"))!.Status.ShouldBe(404);
        await site.PictureAsync(page, "not-found-en");
        using HttpResponseMessage api = await site.Client.GetAsync("/api/v1/nothing");
        api.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task The_type_of_a_problem_is_the_address_of_a_page_that_says_what_it_means()
    {
        using HttpResponseMessage refused = await site.Client.GetAsync($"/files/{Site.Registered}/19990101/r1/nothing.zip");
        Problem problem = JsonSerializer.Deserialize(await refused.Content.ReadAsStringAsync(), FormatJson.Default.Problem).ShouldNotBeNull();
        problem.Type.ShouldBe("/problems/not-found");
        foreach (string language in (string[])["zh", "en"])
        {
            string list = await ReadAsync("/problems", language);
            foreach (ProblemType type in ProblemType.All)
            {
                list.ShouldContain($"href=\"{type.Address}\"");
                string page = await ReadAsync(type.Address, language);
                page.ShouldContain(type.Address);
                page.ShouldContain(System.Text.Encodings.Web.HtmlEncoder.Create(System.Text.Unicode.UnicodeRanges.All).Encode(
                    Reader.Of(language == "zh" ? SiteLanguage.Zh : SiteLanguage.En)[$"Problem.{type.Name}.Text"]));
            }
        }
        using HttpResponseMessage unknown = await site.Client.GetAsync("/problems/%3Cscript%3E");
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.Client.GetStringAsync("/openapi/v1.json")).ShouldContain("/problems has them all");

        async Task<string> ReadAsync(string path, string language)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { { "Accept-Language", language } } };
            using HttpResponseMessage answer = await site.Client.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            answer.Content.Headers.ContentLanguage.ShouldBe([language == "zh" ? "zh-Hans" : "en"], path);
            return await answer.Content.ReadAsStringAsync();
        }
    }

    [ContractFact]
    public async Task Anybody_takes_a_sample_archive_without_an_account()
    {
        using HttpResponseMessage sample = await site.Client.GetAsync($"/datasets/{Site.Registered}/sample.zip");
        sample.StatusCode.ShouldBe(HttpStatusCode.OK);
        await using System.IO.Compression.ZipArchive zip = new(await sample.Content.ReadAsStreamAsync());
        zip.Entries.ShouldContain(entry => entry.FullName.EndsWith(".XML", StringComparison.OrdinalIgnoreCase));
    }

    [ContractFact]
    public async Task Pages_keep_browsers_to_our_own_files_and_are_small()
    {
        Release latest = await site.LatestAsync(Site.Registered);
        foreach (string path in (string[])["/", $"/datasets/{Site.Registered}", $"/datasets/{latest.Id}", "/guide", "/terms", "/nothing"])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } };
            using HttpResponseMessage answer = await site.Client.SendAsync(request);
            string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            policy.ShouldContain("default-src 'none'");
            policy.ShouldContain("frame-ancestors 'none'");
            policy.ShouldNotContain("unsafe");
            answer.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
            answer.Headers.GetValues("Referrer-Policy").Single().ShouldBe("same-origin");
            string html = await answer.Content.ReadAsStringAsync();
            html.Length.ShouldBeLessThan(150_000, path);
            html.ShouldNotContain(" style=", Case.Sensitive, path);
            html.ShouldNotContain(" onclick=", Case.Sensitive, path);
        }
    }

    [ContractFact]
    public async Task Hostile_addresses_are_answered_calmly()
    {
        Release latest = await site.LatestAsync(Site.Registered);
        string[] paths =
        [
            "/?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E&jurisdiction=%22%3E%3Cimg%20src=x%3E",
            "/?q=" + new string('x', 6000),
            "/?q=%FF%FE&q=%00",
            "/?q='%20OR%201=1%20--&access=';DROP%20TABLE%20releases",
            "/?q=%F0%9F%92%A9%E2%80%AE",
            "/?lang=%3Cb%3E&content=..%2F..",
            "/datasets/..%2f..%2fetc%2fpasswd",
            "/datasets/%00",
            $"/datasets/{Site.Registered}?year=99999999999999999999",
            $"/datasets/{Site.Registered}?year=-1&year=2",
            $"/datasets/{latest.Id}?archive=-5&page=999999&entry=%3Cscript%3E",
            $"/datasets/{latest.Id}?archive=2147483648&page=0&entry={new string('%', 1)}41",
            $"/datasets/{latest.Id}?entry=" + new string('y', 5000),
            $"/datasets/{Site.Registered}/{new string('9', 500)}/r1",
            $"/datasets/{Site.Registered}/20240101/r0",
            "/guide/..%2Fterms",
            "/terms/%3Cscript%3E",
            "/assets/..%2Fappsettings.json",
        ];
        foreach (string path in paths)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } };
            using HttpResponseMessage answer = await site.Client.SendAsync(request);
            ((int)answer.StatusCode).ShouldBeLessThan(500, path);
            string html = await answer.Content.ReadAsStringAsync();
            html.ShouldNotContain("<script>alert", Case.Insensitive, path);
            html.ShouldNotContain("<img src=x", Case.Insensitive, path);
            html.ShouldNotContain("root:x:", Case.Sensitive, path);
        }
    }
}

/// <summary>On SQLite.</summary>
public sealed class PublicPagesOnSqliteTests(SiteOnSqlite site) : PublicPagesTests(site), IClassFixture<SiteOnSqlite>;

/// <summary>On PostgreSQL.</summary>
[NeedsPostgres]
public sealed class PublicPagesOnPostgresTests(SiteOnPostgres site) : PublicPagesTests(site), IClassFixture<SiteOnPostgres>;
