using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Playwright;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Scheduling;
using OpenData.Server.Web.Reading;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>
/// Every page there is, by the table of routes, in both languages, on a wide screen and on a phone: axe finds nothing, nothing is wider than the screen, nothing is left
/// untranslated, and what the server sends has forms that work by themselves.
/// </summary>
public sealed class EveryPageTests(SiteOnSqlite site) : IClassFixture<SiteOnSqlite>
{
    /// <summary>What is for programs, and files that no browser shows.</summary>
    private static readonly Regex s_noPage = new(
        @"^/(api|files|openapi|feeds|catalog|assets|\.well-known|sitemap|robots|healthz|readyz|metrics|resourcesync)\b|\.(csv|zip|xml|json|jsonld|atom|txt|svg)$|/live$|/proofs/\{|/return$|^/account/login/unified$|\*",
        RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1));

    [AxeFact]
    public async Task Every_page_is_right_in_both_languages_on_both_screens_and_without_scripts()
    {
        IReadOnlyDictionary<string, string> values = await PrepareAsync();
        string[] paths =
        [
            .. site.Of<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") is true)
                .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/')).Where(pattern => !s_noPage.IsMatch(pattern)).Distinct().Order(StringComparer.Ordinal)
                .Select(pattern => AddressOf(pattern, values)),
            // The same pages with more on them.
            "/?q=full&access=registered", "/nothing-is-here", $"/datasets/{values["release"]}?entry=xml", $"/admin/audit?who={Uri.EscapeDataString(Admin)}",
            $"/admin/back-files?dataset={Site.Open}&from=1999-01-01&to=1999-12-31", $"/admin/withdrawals?dataset={Site.Registered}&edition={values["published"]}", "/admin/runs/bulk?act=again",
        ];
        paths.Length.ShouldBeGreaterThan(45);
        string axe = await File.ReadAllTextAsync(Axe.Path.ShouldNotBeNull());
        // Each language begins on another screen, so that axe sees both.
        IEnumerable<string>[] faults = await Task.WhenAll(
            VisitAsync("en", 1280, 390, dark: false, paths, axe),
            VisitAsync("zh-CN", 390, 1280, dark: true, paths, axe));
        faults.SelectMany(found => found).ShouldBeEmpty();
    }

    private const string Admin = "EVERYPAGE";

    private async Task<IEnumerable<string>> VisitAsync(string language, int width, int other, bool dark, string[] paths, string axe)
    {
        List<string> faults = [];
        IPage page = await site.BrowseAsync(language, dark, width);
        async Task LookAsync(string path, bool signedIn)
        {
            IResponse answer = (await page.GotoAsync(path)).ShouldNotBeNull();
            string where = $"{path} ({language}{(signedIn ? ", signed in" : "")})";
            if (answer.Status >= 500 || !answer.Headers["content-type"].StartsWith("text/html", StringComparison.Ordinal))
            {
                faults.Add($"{where}: {answer.Status} {answer.Headers["content-type"]}");
                return;
            }
            await page.EvaluateAsync(axe);
            faults.AddRange((await Axe.FoundAsync(page)).Select(fault => $"{where}, {width} wide: {fault}"));
            PageFacts facts = JsonSerializer.Deserialize<PageFacts>(await page.EvaluateAsync<string>(Look, language.StartsWith("zh", StringComparison.Ordinal)), JsonSerializerOptions.Web)!;
            faults.AddRange(facts.Faults.Select(fault => $"{where}: {fault}"));
            faults.AddRange(Regex.Split(facts.Text, @"\s+", RegexOptions.None, TimeSpan.FromSeconds(5)).Where(word => word.Contains('.') && SiteText.Of(SiteLanguage.En).ContainsKey(word)).Select(key => $"{where}: the name of a text, {key}"));
            foreach (int wide in (int[])[width, other])
            {
                await page.SetViewportSizeAsync(wide, 900);
                if (await page.EvaluateAsync<string?>(Wider) is { } culprit)
                {
                    faults.Add($"{where}, {wide} wide: wider than the screen: {culprit}");
                }
            }
            await page.SetViewportSizeAsync(width, 900);
        }

        foreach (string path in paths.Where(path => path is "/account/sign-in" or "/account/register" or "/account/forgot" || path.StartsWith("/feedback", StringComparison.Ordinal)))
        {
            await LookAsync(path, signedIn: false);
        }
        await page.GotoAsync("/account/sign-in");
        await page.Locator("#name").FillAsync(Admin);
        await page.Locator("#password").FillAsync(SitePeople.Password);
        await page.Locator("main form button").ClickAsync();
        await page.Locator("header form button").WaitForAsync();
        foreach (string path in paths)
        {
            await LookAsync(path, signedIn: true);
        }
        await page.Context.CloseAsync();
        return faults;
    }

    /// <summary>What each page needs to have something on it, and the values of the addresses.</summary>
    private async Task<IReadOnlyDictionary<string, string>> PrepareAsync()
    {
        Account admin = await site.AddAsync(Admin, Role.Admin);
        Account member = await site.AddAsync("某公司");
        await site.Of<AccountStore>().RegisterAsync(new Registration("申请者", "某研究院", "张三", "用于专利检索系统的数据建设。", null, "CN"), "hash", default);
        string key = (await site.Of<AccountStore>().AddKeyAsync(admin.Id, "KEY", null, "test", default)).Value.ShouldNotBeNull().Reveal();
        await site.Of<CurrentAccounts>().RefreshAsync(default);
        site.Deliver(Site.Registered, "20261211", ("broken.xml", "<a><b></a>"), ("CN20261211A.xml", "<a/>"), ("a\\b.xml", "<a/>"));
        await site.Of<DueEditions>().PackageAsync(Site.Registered, default);
        site.Deliver(Site.Open, "19990105", ("BS.1.xml", "<a/>"));
        using HttpRequestMessage report = new(HttpMethod.Post, "/api/v1/feedback")
        {
            Content = JsonContent.Create(new { dataset = Site.Registered, title = "缺少一期发布数据", body = "该期数据未见发布，请核实后补充。" }),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
        };
        using HttpResponseMessage reported = await site.Client.SendAsync(report);
        reported.EnsureSuccessStatusCode();
        Release release = await site.LatestAsync(Site.Registered);
        RunHistory runs = site.Of<RunHistory>();
        return new Dictionary<string, string>
        {
            ["release"] = release.Id.ToString(),
            ["published"] = release.Edition,
            ["code"] = Site.Registered,
            ["dataset"] = Site.Registered,
            ["/datasets/{edition}"] = release.Edition,
            ["/admin/holds/{edition}"] = "20261211",
            ["revision"] = release.Id.RevisionName,
            ["name"] = Manual.Guide,
            ["type"] = OpenData.Format.ProblemType.TooManyStreams.Name,
            ["number"] = reported.Headers.Location!.ToString().Split('/')[^1],
            ["token"] = new string('0', 64),
            ["fault"] = "denied",
            ["/terms/{id}"] = "basic-data",
            ["/admin/accounts/{id}"] = member.Id,
            ["/admin/runs/{id}"] = (await runs.ListAsync(Site.Registered, "held", null, 10, default)).First(run => run.Edition == "20261211").Id,
            ["/admin/catalog/{id}"] = "1",
        };
    }

    private static string AddressOf(string pattern, IReadOnlyDictionary<string, string> values) => Regex.Replace(
        pattern,
        @"\{(?<name>\w+)(:\w+)?\}",
        place => Uri.EscapeDataString(
            values.TryGetValue(place.Groups["name"].Value, out string? value) ? value
            : values.FirstOrDefault(pair => pair.Key.EndsWith($"/{{{place.Groups["name"].Value}}}", StringComparison.Ordinal) && pattern.StartsWith(pair.Key[..pair.Key.IndexOf('{', StringComparison.Ordinal)], StringComparison.Ordinal)).Value
            ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"A page is new: say in PrepareAsync what {place.Value} of {pattern} may be, or in s_noPage that it is no page."))),
        RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1));

    private sealed record PageFacts(string[] Faults, string Text);

    /// <summary>What is not inside something that scrolls by itself and reaches beyond the screen.</summary>
    private const string Wider =
        """
        () => document.documentElement.scrollWidth <= innerWidth ? null
          : [...document.querySelectorAll("main *, header *, footer *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" | ") || "something"
        """;

    private const string Look =
        """
        async (chinese) => {
          const faults = [], han = /[\u4e00-\u9fff]/, words = /[a-z]{4,}/;
          if (!document.documentElement.lang.startsWith(chinese ? "zh" : "en")) faults.push("lang is " + document.documentElement.lang);
          if (document.title.trim() === "" || han.test(document.title.split(" · ").at(-1)) !== chinese) faults.push("title is " + document.title);
          if (document.querySelectorAll("h1").length !== 1) faults.push("has " + document.querySelectorAll("h1").length + " h1");
          for (const e of chinese ? document.querySelectorAll("h1, h2, h3, button, legend, label, summary, caption, th[scope=col], nav a, option, .hint, .empty, .lead, .tag") : []) {
            const text = e.textContent.trim();
            if (words.test(text) && !han.test(text) && !e.closest("[lang=en], .code, code, pre") && !e.querySelector(".code") && !/^(curl|wget|aria2|rclone|opendata|lftp|[a-z0-9]+(-[a-z0-9]+)+)$/.test(text)) faults.push("not translated: " + text.slice(0, 80));
          }
          // As it comes from the server, before any script.
          const raw = new DOMParser().parseFromString(await (await fetch(location.href, { headers: { Accept: "text/html" } })).text(), "text/html");
          for (const form of raw.querySelectorAll("form[method=post]")) {
            if (!form.querySelector("input[name=form_token]")) faults.push("a form without a token: " + form.getAttribute("action"));
          }
          for (const field of raw.querySelectorAll("input:not([type=hidden]):not([type=submit]), select, textarea")) {
            const label = field.labels?.length || field.getAttribute("aria-label") || field.getAttribute("aria-labelledby");
            if (!label) faults.push("a field without a label: " + field.outerHTML.slice(0, 120));
          }
          for (const form of raw.querySelectorAll("form")) {
            if (!form.querySelector("button, input[type=submit]")) faults.push("a form that cannot be sent without scripts: " + form.getAttribute("action"));
          }
          return JSON.stringify({ faults, text: document.body.innerText });
        }
        """;
}
