using System.Net;
using System.Net.Http.Headers;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Statistics;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

// What readers do is counted, and what they downloaded they may rate; corrections are told entry by entry.
public abstract partial class FeedbackTests
{
    private const string Browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    [ContractFact]
    public async Task A_download_in_pieces_counts_once_may_be_rated_and_is_seen_in_the_statistics()
    {
        AccountStore store = site.Of<AccountStore>();
        Account loader = (await store.RegisterAsync(new Registration("loader", "=cmd|'/C calc'!A0", "L. Oader", "Research on claims.", null, "CN"), "hash", CancellationToken.None)).Value.ShouldNotBeNull();
        await store.SetStateAsync(loader.Id, AccountState.Active, "test", CancellationToken.None);
        string key = (await store.AddKeyAsync(loader.Id, "key", null, "test", CancellationToken.None)).Value.ShouldNotBeNull().Reveal();
        IPage page = await site.BrowseAsync("en");
        await SignedIn.AsAsync(site, page, (await store.FindAsync(loader.Id, CancellationToken.None)).Value!);
        Release release = await site.LatestAsync(Site.Registered);
        string address = $"/datasets/{release.Id}";
        await page.GotoAsync(address);
        (await page.Locator("#rating form").CountAsync()).ShouldBe(0, "nothing was downloaded yet");

        string file = $"/files/{release.Id}/{release.Id.ArchiveName(1)}";
        foreach (RangeHeaderValue range in (RangeHeaderValue[])[new(1000, null), new(0, 99), new(100, 1500)])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, file) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key), Range = range } };
            using HttpResponseMessage part = await site.Client.SendAsync(request);
            part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
            await part.Content.ReadAsByteArrayAsync();
        }
        StatisticsQueries queries = site.Of<StatisticsQueries>();
        await Eventually.TrueAsync(
            async () =>
            {
                await site.Of<StatisticsRollup>().RunAsync(CancellationToken.None);
                return await queries.CompletedAtAsync(loader.Id, release.Id, CancellationToken.None) is not null;
            },
            "the download is summed up",
            TimeSpan.FromSeconds(60));

        // Good; and on second thoughts bad.
        await page.GotoAsync(address);
        await page.GetByLabel("good").CheckAsync();
        await page.GetByLabel("A line for the office").FillAsync("Very <b>complete</b>");
        await page.GetByRole(AriaRole.Button, new() { Name = "Rate" }).ClickAsync();
        (await page.GetByRole(AriaRole.Status).InnerTextAsync()).ShouldContain("your rating counts");
        (await page.Locator("#rating").InnerTextAsync()).ShouldContain("1 of 1 who rated say good");
        await site.PictureAsync(page, "release-rated-en");
        if (Axe.Path is not null)
        {
            (await Axe.FaultsAsync(page)).ShouldBeEmpty();
        }
        await page.GetByLabel("bad").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Rate" }).ClickAsync();
        (await page.Locator("#rating").InnerTextAsync()).ShouldContain("0 of 1 who rated say good");
        (await site.Client.GetStringAsync($"/datasets/{Site.Registered}")).ShouldContain("0 of 1 who rated");
        (await site.Client.GetStringAsync(address)).ShouldNotContain("complete&lt;/b&gt;", Case.Sensitive, "the line is the office's");
        await HostileRatingsAsync(page, address);

        // Visits of people, not of robots.
        foreach ((string agent, string language) in ((string, string)[])[(Browser, "zh"), (Browser, "zh"), (Browser, "en"), ("Googlebot/2.1", "en"), ("curl/8.5", "en")])
        {
            using HttpRequestMessage visit = new(HttpMethod.Get, "/guide?lang=" + language);
            visit.Headers.TryAddWithoutValidation("User-Agent", agent);
            (await site.Client.SendAsync(visit)).EnsureSuccessStatusCode();
        }
        await site.Of<VisitCounter>().FlushAsync(CancellationToken.None);
        (await site.Client.GetStringAsync("/statistics/visits.csv")).Split("\r\n").ShouldContain(line => line.EndsWith(",text,zh,2", StringComparison.Ordinal));

        IPage phone = await site.BrowseAsync("zh-CN", dark: true, width: 390, scripts: false);
        await phone.GotoAsync("/statistics");
        (await phone.Locator("#countries").InnerTextAsync()).ShouldContain("中国");
        await site.PictureAsync(phone, "statistics-zh");
        (await site.Client.GetStringAsync("/statistics")).ShouldNotContain("=cmd");
        string[] countries = (await site.Client.GetStringAsync("/statistics/countries.csv")).Split("\r\n");
        countries[0].ShouldBe("country,archives,documents,bytes");
        countries.ShouldContain(line => line.StartsWith("CN,1,0,", StringComparison.Ordinal));
        (await site.Client.GetStringAsync("/statistics/datasets.csv?from=1999-01&to=1999-12")).ShouldBe("dataset,archives,documents,bytes\r\n");
        (await site.Client.GetAsync("/statistics/accounts.csv")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await site.Client.GetAsync("/admin/statistics/accounts.csv")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        foreach (string query in (string[])["?from=%00&to=<script>", "?from=9999-99", "?from=2026-12&to=2020-01", "?from=1970-01&to=2199-12", "?from=" + new string('1', 5000)])
        {
            ((int)(await site.Client.GetAsync("/statistics" + query)).StatusCode).ShouldBeLessThan(500, query);
        }

        IPage office = await site.BrowseAsync("en");
        await SignedIn.AsAsync(site, office, "officer-en", Role.AccountOfficer);
        await office.GotoAsync("/admin/statistics");
        (await office.Locator("#accounts").InnerTextAsync()).ShouldContain("loader");
        await site.PictureAsync(office, "statistics-desk-en");
        if (Axe.Path is not null)
        {
            (await Axe.FaultsAsync(office)).ShouldBeEmpty();
        }
        IAPIResponse accounts = await office.APIRequest.GetAsync("/admin/statistics/accounts.csv");
        (await accounts.TextAsync()).ShouldContain("loader,'=cmd|'/C calc'!A0,CN,1,0,");
        (await office.GotoAsync("/admin/feedback/ratings"))!.Status.ShouldBe(403, "ratings are the curators'");
        await page.Context.CloseAsync();
        await phone.Context.CloseAsync();
        await office.Context.CloseAsync();
    }

    [ContractFact]
    public async Task A_correction_is_told_entry_by_entry_and_a_curator_reads_ratings()
    {
        Release first = await site.LatestAsync(Site.Open);
        string folder = Path.Combine(site.Deliveries, site.Of<ICurrentCatalog>().Current.Datasets[Site.Open].Source.Path, first.Edition);
        string changed = Directory.EnumerateFiles(folder, "*.xml", new EnumerationOptions { RecurseSubdirectories = true, MatchCasing = MatchCasing.CaseInsensitive }).Order(StringComparer.Ordinal).First();
        await File.AppendAllTextAsync(changed, "<!-- corrected -->");
        await File.WriteAllTextAsync(Path.Combine(folder, "README-extra.txt"), "added");
        string marker = Path.Combine(folder, "READY");
        File.SetLastWriteTimeUtc(marker, File.GetLastWriteTimeUtc(marker).AddMinutes(5));
        await site.Of<DueEditions>().PackageAsync(Site.Open, CancellationToken.None);
        Release second = await site.LatestAsync(Site.Open);
        second.Revision.ShouldBe(2);

        IPage page = await site.BrowseAsync("zh-CN", scripts: false);
        await page.GotoAsync($"/datasets/{second.Id}");
        (await page.Locator("#corrected").InnerTextAsync()).ShouldContain("新增 1 个文件，更改 1 个，删除 0 个");
        (await page.Locator("#corrected tbody tr").CountAsync()).ShouldBe(2);
        await page.Locator("#change").SelectOptionAsync("added");
        await page.Locator("#corrected").GetByRole(AriaRole.Button, new() { Name = "查看" }).ClickAsync();
        await page.Locator("#corrected tbody tr").HasAsync(1);
        (await page.Locator("#corrected tbody").InnerTextAsync()).ShouldContain("README-extra.txt");
        await site.PictureAsync(page, "release-corrected-zh");
        if (Axe.Path is not null)
        {
            (await page.GotoAsync($"/datasets/{second.Id}?changed=nothing%20like%20this"))!.Status.ShouldBe(200);
        }
        foreach (string query in (string[])["?change=%3Cscript%3E&changes=-1", "?changes=999999999&changed=%00", "?changed=" + new string('z', 5000)])
        {
            using HttpResponseMessage calm = await site.Client.GetAsync($"/datasets/{second.Id}{query}");
            calm.StatusCode.ShouldBe(HttpStatusCode.OK, query);
            (await calm.Content.ReadAsStringAsync()).ShouldNotContain("<script>\"");
        }

        IPage office = await site.BrowseAsync("zh-CN");
        await SignedIn.AsAsync(site, office, "curator-2", Role.Curator);
        await office.GotoAsync("/admin/feedback/ratings");
        (await office.Locator("h1").InnerTextAsync()).ShouldBe("用户评价");
        await site.PictureAsync(office, "ratings-desk-zh");
        await page.Context.CloseAsync();
        await office.Context.CloseAsync();
    }

    private async Task HostileRatingsAsync(IPage voter, string address)
    {
        string token = await voter.Locator("header input[name=form_token]").GetAttributeAsync("value") ?? "";
        string cookies = string.Join("; ", (await voter.Context.CookiesAsync()).Select(cookie => $"{cookie.Name}={cookie.Value}"));
        (await site.PostAsync(address + "/rating", cookies, [("rating", "good")])).ShouldBe(HttpStatusCode.BadRequest, "no token");
        (await site.PostAsync(address + "/rating", "", [("form_token", token), ("rating", "good")])).ShouldBe(HttpStatusCode.BadRequest, "another browser's");
        (string, string)[][] forms = [[], [("rating", "5")], [("rating", "good"), ("line", new string('x', 5000))], [("rating", "good"), ("line", "a\nb")]];
        foreach ((string, string)[] form in forms)
        {
            (await site.PostAsync(address + "/rating", cookies, [("form_token", token), .. form])).ShouldBe(HttpStatusCode.SeeOther);
        }
        string other = $"/datasets/{(await site.LatestAsync(Site.Open)).Id}";
        (await site.PostAsync(other + "/rating", cookies, [("form_token", token), ("rating", "good")])).ShouldBe(HttpStatusCode.SeeOther);
        (await site.PostAsync($"/datasets/{Site.Open}/nothing/r1/rating", cookies, [("form_token", token), ("rating", "good")])).ShouldBe(HttpStatusCode.NotFound);
        (await site.Client.GetStringAsync(address)).ShouldContain("0 of 1 who rated", Case.Sensitive, "none of these counted");
        (await site.Client.GetStringAsync(other)).ShouldContain("Nobody has rated", Case.Sensitive, "it was never downloaded");
    }
}
