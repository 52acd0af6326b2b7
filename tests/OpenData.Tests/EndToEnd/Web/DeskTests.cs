using System.Net;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Server.Packaging;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Sources;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>What curators and auditors do at the desk: see the state, decide about what is held, steer runs, take back, and read who did what.</summary>
public abstract partial class DeskTests(Site site)
{
    [ContractFact]
    public async Task A_curator_sees_what_waits_compares_it_with_the_edition_before_and_rejects_it()
    {
        string edition = await HeldAsync("20261127");
        await site.AddAsync("curator one", Role.Curator);
        IPage page = await site.SignInAsync("curator one", "en");
        await page.GetByRole(AriaRole.Link, new() { Name = "Desk", Exact = true }).ClickAsync();
        (await page.Locator(".verdict").InnerTextAsync()).ShouldContain("Wants a look: ");
        await site.CheckAsync(page, "desk-en");

        await page.Locator("#waiting a").Filter(new() { HasText = edition }).ClickAsync();
        (await page.Locator("#measures tbody tr").First.InnerTextAsync()).ShouldContain("!");
        (await page.Locator("#findings").InnerTextAsync()).ShouldContain("broken.xml");
        await site.CheckAsync(page, "hold-en");
        await page.GetByLabel("Reason").FillAsync("<b>ask the office</b>");
        await page.GetByRole(AriaRole.Button, new() { Name = "Reject it" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("rejected");
        (await site.Of<EditionStates>().FindAsync(Site.Registered, edition, default)).ShouldNotBeNull().State.ShouldBe(EditionState.Rejected);
        await page.GotoAsync($"/admin/holds/{Site.Registered}/{edition}");
        (await page.Locator("h1").InnerTextAsync()).ShouldBe("There is no such page");

        // The run, its steps, and another one as asked for.
        await page.GotoAsync($"/admin/runs?dataset={Site.Registered}&edition={edition}&state=held");
        await page.Locator("tbody a").First.ClickAsync();
        (await page.Locator("#steps").InnerTextAsync()).ShouldContain("read and packed");
        await site.CheckAsync(page, "run-en");
        await page.GetByRole(AriaRole.Button, new() { Name = "Package it again" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("as soon as a worker is free");
        (await site.Of<RunRequests>().TakeAsync(default)).ShouldContain(Site.Registered, "this node is no worker: it asks one");

        // Many at once: the effect first.
        await page.GotoAsync($"/admin/runs?dataset={Site.Registered}&edition={edition}&state=held");
        await page.GetByRole(AriaRole.Link, new() { Name = "Package all of these again" }).ClickAsync();
        (await page.Locator("tbody").InnerTextAsync()).ShouldContain(edition);
        await site.CheckAsync(page, "bulk-en");
        await page.GetByLabel("Reason").FillAsync("mended");
        await page.GetByRole(AriaRole.Button, new() { Name = "Package 1 again" }).ClickAsync();
        await page.GetByRole(AriaRole.Status).WaitForAsync();

        // What others do is none of a curator's pages.
        (await page.GotoAsync("/admin/audit"))!.Status.ShouldBe(403);
        (await page.Locator(".lead").InnerTextAsync()).ShouldContain("for other roles than yours");
        await page.Context.CloseAsync();

        await site.AddAsync("auditor one", Role.Auditor);
        IPage auditor = await site.SignInAsync("auditor one", "en");
        await auditor.GotoAsync("/admin/audit?who=curator+one");
        string trail = await auditor.Locator("tbody").InnerTextAsync();
        trail.ShouldContain("rejected an edition");
        trail.ShouldContain("<b>ask the office</b>");
        trail.ShouldContain("127.0.0.1");
        await site.CheckAsync(auditor, "audit-en");
        IAPIResponse csv = await auditor.APIRequest.GetAsync("/admin/audit/export.csv?who=curator+one");
        (await csv.TextAsync()).ShouldContain($"curator one,edition.reject,{Site.Registered}/{edition},held,rejected,<b>ask the office</b>,127.0.0.1");
        foreach (string path in (string[])["/admin", "/admin/holds", "/admin/editions", "/admin/runs", "/admin/schedule", "/admin/back-files", "/admin/withdrawals", "/admin/stored"])
        {
            (await auditor.GotoAsync(path))!.Status.ShouldBe(200, path);
            (await auditor.Locator("main form[method=post]").CountAsync()).ShouldBe(0, path);
        }
        (string cookies, string token) = await SitePeople.FormOfAsync(auditor);
        (await site.PostAsync($"/admin/schedule/{Site.Open}/pause", cookies, [("form_token", token), ("reason", "x")])).ShouldBe(HttpStatusCode.Forbidden);
        (await site.Of<SchedulePauses>().IsPausedAsync(Site.Open, default)).ShouldBeFalse();
        await auditor.Context.CloseAsync();
    }

    [ContractFact]
    public async Task The_same_in_Chinese_without_scripts_puts_off_pauses_orders_back_files_and_withdraws_a_document()
    {
        string edition = await HeldAsync("20261201");
        await site.AddAsync("curator two", Role.Curator);
        IPage page = await site.SignInAsync("curator two", "zh-CN", scripts: false);
        await page.GotoAsync("/admin");
        await site.CheckAsync(page, "desk-zh", scripts: false);
        await page.GotoAsync($"/admin/holds/{Site.Registered}/{edition}");
        await page.GetByLabel("理由").FillAsync("已请原局核实");
        string found = await page.Locator("#findings").InnerTextAsync();
        found.ShouldContain("文件“broken.xml”在第 1 行第 7 字节处不是格式良好的 XML：此处应为 </b>，实为 </a>。");
        found.ShouldNotContain("well-formed", Case.Sensitive, "nothing of a finding is in English");
        await site.PictureAsync(page, "hold-zh");
        string later = TimeProvider.System.GetUtcNow().AddDays(5).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        await page.GetByLabel("再次审核日期").FillAsync(later);
        await page.GetByRole(AriaRole.Button, new() { Name = "延后" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("已延后");
        await page.GotoAsync("/admin/holds?waiting=all");
        (await page.Locator("tbody").InnerTextAsync()).ShouldContain("已请原局核实");

        await page.GotoAsync("/admin/schedule");
        ILocator line = page.Locator($"[id='{Site.Open}']");
        await line.Locator("summary").ClickAsync();
        await line.GetByLabel("理由").FillAsync("停机检修");
        await line.GetByRole(AriaRole.Button, new() { Name = "暂停" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("已暂停");
        (await line.InnerTextAsync()).ShouldContain("curator two: 停机检修");
        await site.PictureAsync(page, "schedule-zh");
        await line.GetByRole(AriaRole.Button, new() { Name = "恢复" }).ClickAsync();
        (await site.Of<SchedulePauses>().IsPausedAsync(Site.Open, default)).ShouldBeFalse();

        // Back files: nothing is begun before it is shown.
        site.Deliver(Site.Open, "20010102", ("BS.1.xml", "<a/>"));
        await page.GotoAsync("/admin/back-files");
        await page.GetByLabel("数据集").SelectOptionAsync(Site.Open);
        await page.GetByLabel("起始日期").FillAsync("2001-01-01");
        await page.GetByLabel("截止日期").FillAsync("2001-12-31");
        await page.GetByRole(AriaRole.Button, new() { Name = "试算" }).ClickAsync();
        (await page.Locator("#plan").InnerTextAsync()).ShouldContain("20010102");
        (await OrdersAsync()).ShouldBeEmpty();
        await page.GetByRole(AriaRole.Button, new() { Name = "加工这 1 期" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("将在加工节点空闲时开始");
        await site.CheckAsync(page, "back-files-zh", scripts: false);
        await page.GetByRole(AriaRole.Button, new() { Name = "当前期次后终止" }).ClickAsync();
        (await OrdersAsync()).ShouldHaveSingleItem().State.ShouldBe("cancelled");

        // A document: the effect first, then the password once more.
        Release release = await site.LatestAsync(Site.Agreement);
        string document = await site.Of<ReleaseEntries>().OfAsync(release.Id, default).Select(pair => pair.Entry.Name).FirstAsync();
        await page.GotoAsync("/admin/withdrawals");
        await page.GetByLabel("数据集").SelectOptionAsync(Site.Agreement);
        await page.Locator("#edition").FillAsync(release.Edition);
        await page.Locator("#document").FillAsync(document);
        await page.GetByRole(AriaRole.Button, new() { Name = "查看影响" }).ClickAsync();
        (await page.Locator("#effect").InnerTextAsync()).ShouldContain($"/files/{release.Id}/");
        (await page.Locator("#effect").InnerTextAsync()).ShouldContain("withdrawn");
        await site.CheckAsync(page, "withdraw-zh", scripts: false);
        await page.Locator("#reason").FillAsync("法院裁定");
        await page.Locator("#again").FillAsync("not the password");
        await page.Locator("#withdraw").GetByRole(AriaRole.Button, new() { Name = "撤回" }).ClickAsync();
        (await page.GetByRole(AriaRole.Alert).InnerTextAsync()).ShouldNotBeEmpty();
        (await site.LatestAsync(Site.Agreement)).Id.ShouldBe(release.Id, "nothing is withdrawn by a wrong password");
        await page.Locator("main #again").FillAsync(SitePeople.Password);
        await page.Locator("main form button").ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("已撤回");
        (await page.Locator("#done").InnerTextAsync()).ShouldContain("法院裁定");
        (await site.Of<ReleaseQueries>().FindAsync(release.Id, default)).ShouldNotBeNull().State.ShouldBe(ReleaseState.Withdrawn);
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task A_run_is_seen_as_it_goes_and_can_be_ended_and_a_node_is_seen_alive()
    {
        await site.AddAsync("curator three", Role.Curator);
        IPage page = await site.SignInAsync("curator three", "en");
        await page.GotoAsync("/admin");
        await page.Locator("#nodes .tag.good").WaitForAsync(new() { Timeout = 60_000 });
        RunHistory history = site.Of<RunHistory>();
        string id = await history.BeginAsync("CN-PA-BIBS-10-A", "20261120", default);
        PackagingProgress progress = new() { TotalBytes = 4_000_000, TotalEntries = 40 };
        progress.AddBytes(1_000_000);
        await history.UpdateAsync(id, progress, default);
        await page.Locator("#running progress").WaitForAsync(new() { Timeout = 60_000 }); // it comes by itself
        (await page.Locator("#running").InnerTextAsync()).ShouldContain("1.00\u00a0MB of 4.00\u00a0MB");
        await site.PictureAsync(page, "desk-running-en");
        await page.Locator("#running a").ClickAsync();
        await page.GetByLabel("Reason").FillAsync("the wrong delivery");
        await page.GetByRole(AriaRole.Button, new() { Name = "End this run" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("being ended");
        (await history.UpdateAsync(id, progress, default)).ShouldBe("the wrong delivery", "whoever runs it is told");
        await history.EndAsync(id, "cancelled", "a test", progress);
        await page.Locator(".subtitle .tag").Filter(new() { HasText = "cancelled" }).WaitForAsync(new() { Timeout = 60_000 });
        await page.Context.CloseAsync();
    }

    [ContractFact]
    public async Task Why_runs_ended_as_they_did_is_read_in_the_readers_language()
    {
        const string Dataset = "CN-PA-PRSS-30";
        RunHistory history = site.Of<RunHistory>();
        (string State, Words? Why)[] ends =
        [
            ("failed", Words.OfFailure(new IOException("No space left on device : '/srv/opendata/storage/unfinished/7f'"))),
            ("failed", Words.OfFailure(new DeliveryChangedException("CN1/<b>甲</b>.xml", "it had 3 bytes when it was listed and has 5 now"))),
            ("held", Words.OfHold([new Finding(Severity.Error, "too-many-missing", null, Phrases.TooManyMissing.With(12, 480, 0), Holds: true)])),
            ("cancelled", Reasons.StoppedByCurator.With("交付有误")),
            ("unchanged", Reasons.SameDelivery.With($"{Dataset}/20261105/r1")),
            ("published", null),
            ("failed", "The disk is full."), // as it was stored before there were sentences
        ];
        foreach ((string state, Words? why) in ends)
        {
            PackagingProgress progress = new() { TotalBytes = 48_000_000, TotalEntries = 480 };
            string id = await history.BeginAsync(Dataset, "20261106", default);
            await history.EndAsync(id, state, why, progress);
        }
        await history.BeginAsync(Dataset, "20261106", default);
        string running = await history.BeginAsync(Dataset, "20261106", default); // whose process is dead, that of the one before
        (string Language, string Shown)[] readers =
        [
            ("zh", "系统提示：No space left on device : '/srv/opendata/storage/unfinished/7f'"),
            ("zh", "交付的文件“CN1/<b>甲</b>.xml”在读取期间发生变化：列出时为 3 字节，现为 5 字节"),
            ("zh", "权威文件所列 480 篇文献中缺失 12 篇；最多允许缺失 0 篇。"),
            ("zh", "数据管理员已终止任务：交付有误"),
            ("zh", $"此次交付与已发布的 {Dataset}/20261105/r1 相同。"),
            ("zh", "任务尚未结束，加工进程即已终止"),
            ("zh", "The disk is full."),
            ("en", "No space left on device : '/srv/opendata/storage/unfinished/7f'"),
            ("en", "The delivered file 'CN1/<b>甲</b>.xml' changed while it was read: it had 3 bytes when it was listed and has 5 now"),
            ("en", "12 of the 480 documents that the authority file lists are missing; at most 0 may be."),
            ("en", "A curator stopped it: 交付有误"),
            ("en", $"the delivery is the one that is published as {Dataset}/20261105/r1."),
            ("en", "the process ended before the run did"),
            ("en", "The disk is full."),
        ];
        await site.AddAsync("curator reasons", Role.Curator);
        IPage page = await site.SignInAsync("curator reasons", "en");
        foreach (string language in (string[])["zh", "en"])
        {
            await page.GotoAsync($"/admin/runs?dataset={Dataset}&lang={language}");
            (await page.Locator(".reason").AllInnerTextsAsync()).ShouldBe(readers.Where(reader => reader.Language == language).Select(reader => reader.Shown), ignoreOrder: true);
            await site.CheckAsync(page, $"reasons-{language}");
        }
        await page.GotoAsync($"/admin/runs?dataset={Dataset}&state=failed&lang=zh");
        await page.Locator("tbody tr").Filter(new() { HasText = "交付的文件" }).Locator("a").ClickAsync();
        (await page.Locator(".notice.bad").InnerTextAsync()).ShouldStartWith("交付的文件“CN1/<b>甲</b>.xml”");
        await page.Context.CloseAsync();
        await history.EndAsync(running, "cancelled", null, new PackagingProgress()); // Other tests look at what runs.
    }

    [ContractFact]
    public async Task Hostile_requests_to_the_desk_change_nothing()
    {
        string edition = await HeldAsync("20261204");
        foreach (string path in (string[])["/admin", "/admin/runs", "/admin/audit/export.csv", "/admin/live"])
        {
            using HttpResponseMessage answer = await site.Client.GetAsync(path);
            answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther, path);
            answer.Headers.Location!.ToString().ShouldBe("/account/sign-in?return=" + Uri.EscapeDataString(path));
        }
        await site.AddAsync("member four");
        await site.AddAsync("officer four b", Role.AccountOfficer);
        await site.AddAsync("curator four", Role.Curator);
        string hold = $"/admin/holds/{Site.Registered}/{edition}";
        foreach (string nobody in (string[])["member four", "officer four b"])
        {
            IPage other = await site.SignInAsync(nobody, "en");
            (string theirs, string token) = await SitePeople.FormOfAsync(other);
            (await site.PostAsync(hold + "/reject", theirs, [("form_token", token), ("reason", "x")])).ShouldBe(HttpStatusCode.Forbidden);
            (await other.GotoAsync(hold))!.Status.ShouldBe(403);
            await other.Context.CloseAsync();
        }

        IPage page = await site.SignInAsync("curator four", "en");
        await page.GotoAsync(hold);
        (string cookies, string form) = await SitePeople.FormOfAsync(page);
        (await site.PostAsync(hold + "/reject", cookies, [("reason", "x")])).ShouldBe(HttpStatusCode.BadRequest);
        (await site.PostAsync(hold + "/reject", cookies, [("form_token", form[..^2] + "xx"), ("reason", "x")])).ShouldBe(HttpStatusCode.BadRequest);
        (await site.PostAsync(hold + "/reject", cookies, [("form_token", form), ("reason", "x")], ("Sec-Fetch-Site", "cross-site"))).ShouldBe(HttpStatusCode.BadRequest);
        (await site.PostAsync(hold + "/reject", cookies, [("form_token", form), ("reason", "   ")])).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await site.PostAsync(hold + "/reject", cookies, [("form_token", form), ("reason", new string('r', 1001))])).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await site.PostAsync(hold + "/publish", cookies, [("form_token", form), ("reason", "x"), ("seen", "1")])).ShouldBe(HttpStatusCode.Conflict);
        (await site.PostAsync(hold + "/wait", cookies, [("form_token", form), ("reason", "x"), ("until", "9999-99-99")])).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await site.PostAsync("/admin/withdrawals", cookies, [("form_token", form), ("dataset", Site.Registered), ("edition", "../.."), ("reason", "x"), ("again", SitePeople.Password)])).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await site.PostAsync("/admin/back-files", cookies, [("form_token", form), ("dataset", "'; DROP TABLE runs; --"), ("from", "2001-01-01"), ("to", "2001-01-02")])).ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await site.PostAsync("/admin/runs/nothing/cancel", cookies, [("form_token", form), ("reason", "x")])).ShouldBe(HttpStatusCode.NotFound);
        (await site.PostAsync("/admin/schedule/NO-SUCH/pause", cookies, [("form_token", form), ("reason", "x")])).ShouldBe(HttpStatusCode.NotFound);
        foreach (string path in (string[])
            [
                "/admin/runs?dataset=%27+OR+1%3D1&state=%3Cscript%3E&from=2001-99-99&after=%00",
                "/admin/runs/bulk?act=%3Cscript%3Ealert(1)%3C/script%3E",
                "/admin/editions?after=a/b/c&state=late&dataset=" + new string('x', 3000),
                "/admin/stored?result=9&after=..%2F..",
                "/admin/back-files?dataset=%3Cb%3E&from=0001-01-01&to=9999-12-31",
                $"/admin/back-files?dataset={Site.Open}&from=0001-01-01&to=9999-12-31",
                "/admin/withdrawals?dataset=%3Cscript%3Ealert(1)%3C/script%3E&edition=%22%3E&document=%3Cimg%20src=x%3E&revision=r99999999999",
                "/admin/schedule?state=%3Cscript%3E&notice=%3Cscript%3E",
            ])
        {
            IResponse answer = (await page.GotoAsync(path)).ShouldNotBeNull();
            answer.Status.ShouldBe(200, path);
            (await page.ContentAsync()).ShouldNotContain("<script>alert", Case.Insensitive, path);
        }
        (await site.Of<EditionStates>().FindAsync(Site.Registered, edition, default)).ShouldNotBeNull().State.ShouldBe(EditionState.Held);
        await page.Context.CloseAsync();
    }

    private async Task<BackFileOrder[]> OrdersAsync() => [.. (await site.Of<BackFileOrders>().ListAsync(10, default)).Where(order => order.Dataset == Site.Open)];

    /// <summary>An edition that is far too small and not well formed: it is held.</summary>
    private async Task<string> HeldAsync(string edition)
    {
        site.Deliver(Site.Registered, edition, ("broken.xml", "<a><b></a>"), ($"CN{edition}A.xml", "<a/>"));
        await site.Of<DueEditions>().PackageAsync(Site.Registered, default);
        (await site.Of<EditionStates>().FindAsync(Site.Registered, edition, default)).ShouldNotBeNull().State.ShouldBe(EditionState.Held);
        return edition;
    }
}

/// <summary>On SQLite.</summary>
public sealed class DeskOnSqliteTests(SiteOnSqlite site) : DeskTests(site), IClassFixture<SiteOnSqlite>;

/// <summary>On PostgreSQL.</summary>
[NeedsPostgres]
public sealed class DeskOnPostgresTests(SiteOnPostgres site) : DeskTests(site), IClassFixture<SiteOnPostgres>;
