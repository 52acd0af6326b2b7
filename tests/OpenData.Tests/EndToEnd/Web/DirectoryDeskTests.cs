using System.Net;
using Microsoft.Extensions.Options;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Server.Audit;
using OpenData.Server.Catalog;
using OpenData.Server.Catalog.Edits;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>What curators do in the data directory: they edit by a form or as a text, see what will change, save, review and undo.</summary>
public abstract class DirectoryDeskTests(Site site)
{
    private const string Home = "/admin/catalog";

    [ContractFact]
    public async Task A_curator_edits_a_dataset_by_its_form_sees_the_difference_saves_it_and_undoes_it()
    {
        await site.AddAsync("curator one", Role.Curator);
        IPage page = await site.SignInAsync("curator one", "en");
        await page.GotoAsync(Home);
        (await page.Locator("#datasets tbody tr").CountAsync()).ShouldBeGreaterThanOrEqualTo(44);
        await site.CheckAsync(page, "directory-en");
        await page.Locator($"a[href='{Home}/datasets/{Site.Open}']").ClickAsync();
        await site.CheckAsync(page, "directory-form-en");

        // A mistake is told in the words of the check, and nothing that was typed is lost.
        await page.Locator("[name='schedule.cron']").FillAsync("every day");
        await page.Locator("[name='name.en']").FillAsync("Layout designs: <b>registered</b> & \"kept\"");
        await page.Locator("[name=access]").SelectOptionAsync("registered");
        await page.GetByRole(AriaRole.Button, new() { Name = "Check and compare" }).ClickAsync();
        (await page.GetByRole(AriaRole.Alert).InnerTextAsync()).ShouldContain("'every day' is not a Quartz cron expression");
        (await page.Locator("[name='name.en']").InputValueAsync()).ShouldContain("<b>registered</b>");
        await site.CheckAsync(page, "directory-mistake-en");
        await page.Locator("[name='schedule.cron']").FillAsync("0 45 6 ? * WED");
        await page.GetByRole(AriaRole.Button, new() { Name = "Check and compare" }).ClickAsync();

        await page.Locator(".difference ins").First.WaitForAsync();
        await page.Locator("footer.site").WaitForAsync();
        string[] added = [.. (await page.Locator(".difference ins").AllInnerTextsAsync()).Select(line => line.Trim())];
        added.ShouldContain("+ access: registered");
        added.ShouldContain(line => line.Contains("'Layout designs: <b>registered</b> & \"kept\"'", StringComparison.Ordinal));
        added.ShouldContain(line => line.Contains("0 45 6 ? * WED", StringComparison.Ordinal));
        added.Length.ShouldBeLessThanOrEqualTo(5);
        await site.CheckAsync(page, "directory-difference-en");
        await page.GetByLabel("Reason").FillAsync("The office decided so.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

        page.Url.ShouldContain(Home + "/edits/");
        Dataset edited = site.Of<ICurrentCatalog>().Current.Datasets[Site.Open];
        (edited.Access, edited.Name.En, edited.Schedule.Cron).ShouldBe((AccessLevel.Registered, "Layout designs: <b>registered</b> & \"kept\"", "0 45 6 ? * WED"));
        await site.CheckAsync(page, "directory-edit-en");
        (await page.GotoAsync($"/datasets/{Site.Open}")).ShouldNotBeNull().Status.ShouldBe(200);
        (await page.Locator("h1").InnerTextAsync()).ShouldContain("Layout designs: <b>registered</b> & \"kept\"");
        (await site.Of<AuditTrail>().PageAsync(new AuditFilter(Action: "catalog.edit", Subject: Site.Open), null, 10, CancellationToken.None)).Count(line => line.Reason == "The office decided so.").ShouldBe(1);

        await page.GotoAsync($"{Home}/datasets/{Site.Open}");
        await page.Locator("section table a").First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo this edit" }).ClickAsync();
        (await page.Locator(".tag").First.InnerTextAsync()).ShouldBe("undone");
        site.Of<ICurrentCatalog>().Current.Datasets[Site.Open].Access.ShouldBe(AccessLevel.Open);
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task In_Chinese_without_scripts_a_new_dataset_and_its_manual_wait_for_a_second_curator()
    {
        CatalogOptions options = site.Of<IOptions<CatalogOptions>>().Value;
        options.ReviewEdits = true;
        try
        {
            await site.AddAsync("curator two", Role.Curator);
            await site.AddAsync("curator three", Role.Curator);
            IPage page = await site.SignInAsync("curator two", "zh-CN", scripts: false);
            await page.GotoAsync(Home + "/new");
            const string code = "CN-PA-PRSS-20-U";
            await page.Locator("[name=code]").FillAsync("not a code");
            await page.Locator("[name=jurisdiction]").FillAsync("CN");
            await page.Locator("[name='name.zh']").FillAsync("实用新型法律状态（试行）");
            await page.Locator("[name='name.en']").FillAsync("Legal status of utility models (trial)");
            await page.Locator("[name='description.zh']").FillAsync("用于测试的数据集。");
            await page.Locator("[name='description.en']").FillAsync("A dataset for a test.");
            await page.Locator("[name=content]").SelectOptionAsync("legal-status");
            await page.Locator("[name=media]").FillAsync("xml");
            await page.Locator("[name='source.path']").FillAsync("CN/" + code);
            await page.Locator("[name='package.document']").FillAsync(@"(?<number>CN\d+[A-Z])");
            await page.GetByRole(AriaRole.Button, new() { Name = "检查并比较" }).ClickAsync();
            (await page.GetByRole(AriaRole.Alert).InnerTextAsync()).ShouldContain("须填写数据集代码");
            await page.Locator("[name=code]").FillAsync(code);
            await page.GetByRole(AriaRole.Button, new() { Name = "检查并比较" }).ClickAsync();
            await site.PictureAsync(page, "directory-new-zh");
            await page.GetByLabel("理由").FillAsync("新增试行数据。");
            await page.GetByRole(AriaRole.Button, new() { Name = "提交复核" }).ClickAsync();
            (await page.Locator(".tag").First.InnerTextAsync()).ShouldBe("待复核");
            (await page.GetByRole(AriaRole.Button, new() { Name = "通过" }).CountAsync()).ShouldBe(0, "nobody reviews their own edit");
            site.Of<ICurrentCatalog>().Current.Datasets.ShouldNotContainKey(code);

            IPage second = await site.SignInAsync("curator three", "zh-CN");
            await second.GotoAsync(page.Url);
            await site.CheckAsync(second, "directory-proposed-zh");
            await second.GetByRole(AriaRole.Button, new() { Name = "通过" }).ClickAsync();
            (await second.Locator(".tag").First.InnerTextAsync()).ShouldBe("已生效");
            site.Of<ICurrentCatalog>().Current.Datasets[code].Name.Zh.ShouldBe("实用新型法律状态（试行）");
            (await second.GotoAsync($"/datasets/{code}")).ShouldNotBeNull().Status.ShouldBe(200);

            // As a text: a mistake names its line; the manual's two languages are saved together.
            await page.GotoAsync($"{Home}/text?file=datasets/CN/{code}.yaml");
            string yaml = await page.Locator("textarea").InputValueAsync();
            await page.Locator("textarea").FillAsync(yaml.Replace("timeZone: Asia/Shanghai", "timeZone: Asia/Nowhere", StringComparison.Ordinal));
            await page.GetByRole(AriaRole.Button, new() { Name = "检查并比较" }).ClickAsync();
            int line = 1 + yaml[..yaml.IndexOf("timeZone", StringComparison.Ordinal)].Count(c => c == '\n');
            (await page.GetByRole(AriaRole.Alert).InnerTextAsync()).ShouldContain($"第 {line} 行");
            await site.PictureAsync(page, "directory-text-zh");
            await page.GotoAsync($"{Home}/datasets/{code}");
            await page.GetByRole(AriaRole.Link, new() { Name = "专用手册" }).ClickAsync();
            await page.Locator("textarea").Nth(0).FillAsync("# 试行手册\r\n\r\n<script>alert(1)</script>");
            await page.Locator("textarea").Nth(1).FillAsync("# Trial manual");
            await page.GetByRole(AriaRole.Button, new() { Name = "检查并比较" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "继续修改" }).ClickAsync();
            (await page.Locator("textarea").Nth(0).InputValueAsync()).ShouldContain("<script>");
            await page.GetByRole(AriaRole.Button, new() { Name = "检查并比较" }).ClickAsync();
            await page.GetByLabel("理由").FillAsync("手册");
            await page.GetByRole(AriaRole.Button, new() { Name = "提交复核" }).ClickAsync();
            await second.GotoAsync(Home);
            await site.CheckAsync(second, "directory-waiting-zh");
            await second.GotoAsync(page.Url);
            await second.GetByRole(AriaRole.Button, new() { Name = "退回" }).ClickAsync();
            (await second.Locator(".tag").First.InnerTextAsync()).ShouldBe("已退回");
            await second.Context.CloseAsync();
            await page.Context.CloseAsync();
        }
        finally
        {
            options.ReviewEdits = false;
        }
    }

    [ContractFact]
    public async Task Hostile_forms_change_nothing_and_an_auditor_only_looks()
    {
        await site.AddAsync("curator four", Role.Curator);
        await site.AddAsync("auditor four", Role.Auditor);
        IPage page = await site.SignInAsync("curator four", "en");
        const string file = "datasets/CN/CN-IC-REGS.yaml";
        await page.GotoAsync($"{Home}/text?file={file}");
        (string cookies, string token) = await SitePeople.FormOfAsync(page);
        string text = site.Of<CurrentCatalog>().State.Texts[file]!;
        string before = await page.Locator("input[name=before]").GetAttributeAsync("value") ?? "";
        (string, string)[] good = [("form_token", token), ("file", file), ("before", before), ("text", text.Replace("access: open", "access: registered", StringComparison.Ordinal)), ("reason", "because")];
        (string, string)[] With(string name, string value) => [.. good.Where(field => field.Item1 != name), (name, value)];

        (await site.PostAsync(Home + "/save", cookies, With("form_token", ""))).ShouldBe(HttpStatusCode.BadRequest, "no token");
        (await site.PostAsync(Home + "/save", "", good)).ShouldBe(HttpStatusCode.SeeOther, "nobody is signed in");
        (await site.PostAsync(Home + "/save", cookies, good, ("Sec-Fetch-Site", "cross-site"))).ShouldBe(HttpStatusCode.BadRequest);
        foreach (string path in (string[])["", "tiers.yaml", "../../etc/passwd", "datasets/CN/..%2f..%2ftiers.yaml", "terms/basic-data.zh.md", "datasets/CN/CN-IC-REGS.yaml\0", new string('d', 5000)])
        {
            (await site.PostAsync(Home + "/save", cookies, With("file", path))).ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest, HttpStatusCode.Conflict);
            (await site.PostAsync(Home + "/text", cookies, With("file", path))).ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity, HttpStatusCode.OK);
        }
        foreach (string hostile in (string[])["", " \r\n ", "\u0007", "code: [", "&a [*a, *a]", "? !!binary x", "<script>alert(1)</script>", "'; DROP TABLE catalog_edits; --", new string('x', 100_000), new string('[', 5_000), "\ud83d\ude00: \u202e"])
        {
            (await site.PostAsync(Home + "/save", cookies, With("text", hostile))).ShouldBe(HttpStatusCode.UnprocessableEntity, hostile.Length > 20 ? hostile[..20] : hostile);
            (await site.PostAsync(Home + "/text", cookies, With("text", hostile))).ShouldBe(HttpStatusCode.UnprocessableEntity, hostile.Length > 20 ? hostile[..20] : hostile);
        }
        (await site.PostAsync(Home + "/text", cookies, With("text", new string('x', 5_000_000)))).ShouldBe(HttpStatusCode.BadRequest);
        foreach (string reason in (string[])["", "   ", new string('r', 501)])
        {
            (await site.PostAsync(Home + "/save", cookies, With("reason", reason))).ShouldBe(HttpStatusCode.UnprocessableEntity);
        }
        (await site.PostAsync(Home + "/save", cookies, With("before", "nonsense"))).ShouldBe(HttpStatusCode.Conflict);
        (await site.PostAsync(Home + "/datasets", cookies, [("form_token", token), ("file", ""), ("code", "../../x"), ("jurisdiction", "<script>"), ("name.zh", "\u0007"), ("schedule.cron", new string('*', 2000))])).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await site.PostAsync(Home + "/datasets", cookies, [("form_token", token), ("file", "tiers.yaml"), ("access", "open")])).ShouldBe(HttpStatusCode.NotFound);
        foreach (string act in (string[])["approve", "reject", "undo"])
        {
            (await site.PostAsync($"{Home}/edits/999999/{act}", cookies, good)).ShouldBe(HttpStatusCode.NotFound);
            (await site.PostAsync($"{Home}/edits/1'%20OR%201=1/{act}", cookies, good)).ShouldBe(HttpStatusCode.NotFound);
        }
        site.Of<CurrentCatalog>().State.Texts[file].ShouldBe(text);

        // Sent twice, it is saved once.
        (await site.PostAsync(Home + "/save", cookies, good)).ShouldBe(HttpStatusCode.SeeOther);
        (await site.PostAsync(Home + "/save", cookies, good)).ShouldBe(HttpStatusCode.Conflict);
        CatalogEdit made = (await site.Of<CatalogEdits>().ListAsync(EditState.InForce, file, null, 10, CancellationToken.None)).ShouldHaveSingleItem();

        IPage auditor = await site.SignInAsync("auditor four", "en");
        await auditor.GotoAsync($"{Home}/edits/{made.Id}");
        (await auditor.Locator("main button").CountAsync()).ShouldBe(0);
        (string looking, string own) = await SitePeople.FormOfAsync(auditor);
        (await site.PostAsync($"{Home}/edits/{made.Id}/undo", looking, [("form_token", own)])).ShouldBe(HttpStatusCode.Forbidden);
        (await site.PostAsync(Home + "/save", looking, With("form_token", own))).ShouldBe(HttpStatusCode.Forbidden);
        (await site.PostAsync($"{Home}/edits/{made.Id}/undo", cookies, [("form_token", token)])).ShouldBe(HttpStatusCode.SeeOther);
        await auditor.Context.CloseAsync();
        await page.Context.CloseAsync();
    }
}

/// <summary>On SQLite.</summary>
public sealed class DirectoryDeskOnSqliteTests(SiteOnSqlite site) : DirectoryDeskTests(site), IClassFixture<SiteOnSqlite>;

/// <summary>On PostgreSQL.</summary>
[NeedsPostgres]
public sealed class DirectoryDeskOnPostgresTests(SiteOnPostgres site) : DirectoryDeskTests(site), IClassFixture<SiteOnPostgres>;
