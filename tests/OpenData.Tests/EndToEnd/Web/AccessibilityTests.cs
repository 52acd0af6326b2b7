using System.Text.Json;
using Microsoft.Playwright;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

/// <summary>axe-core (WCAG 2.2 A and AA) finds no serious fault, in either language, light and dark, on a phone and on a wide screen.</summary>
public sealed class AccessibilityTests(SiteOnSqlite site) : IClassFixture<SiteOnSqlite>
{
    [AxeFact]
    public async Task Public_pages_have_no_serious_fault()
    {
        string release = "/datasets/" + (await site.LatestAsync(Site.Registered)).Id;
        string[] paths = ["/", "/?q=full&access=registered", $"/datasets/{Site.Registered}", release + "?entry=xml", "/guide", "/terms/basic-data", "/nothing"];
        foreach ((string language, bool dark, int width, string name) in new[] { ("en", false, 1440, "wide-light"), ("zh-CN", true, 390, "phone-dark") })
        {
            IPage page = await site.BrowseAsync(language, dark, width);
            foreach (string path in paths)
            {
                await page.GotoAsync(path);
                await site.PictureAsync(page, $"{name}{path.Split('?')[0].Replace('/', '-').TrimEnd('-')}-{language}");
                (await Axe.FaultsAsync(page)).ShouldBeEmpty($"{path} {language} {name}");
                // Nothing is wider than the screen.
                (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth")).ShouldBeTrue($"{path} {name}");
            }
            await page.Context.CloseAsync();
        }
    }

    [AxeFact]
    public async Task The_first_key_press_leads_past_the_navigation()
    {
        IPage page = await site.BrowseAsync();
        await page.GotoAsync("/");
        await page.Keyboard.PressAsync("Tab");
        (await page.EvaluateAsync<string>("document.activeElement.textContent")).ShouldBe("Skip to the content");
        await page.Keyboard.PressAsync("Enter");
        (await page.EvaluateAsync<string>("document.activeElement.id")).ShouldBe("main");
        await page.Context.CloseAsync();
    }
}

/// <summary>A test that needs axe-core; skipped where it is not, unless servers are required.</summary>
public sealed class AxeFactAttribute : FactAttribute
{
    public AxeFactAttribute() => Skip = Axe.Path is null && !TestServers.Required ? "OPENDATA_TEST_AXE is not set: see tests/servers.sh" : null;
}

/// <summary>axe-core, which <c>tests/servers.sh</c> fetches.</summary>
internal static class Axe
{
    private const string Run =
        """
        async () => {
          const found = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] });
          return JSON.stringify(found.violations.filter(v => v.impact === "serious" || v.impact === "critical")
            .map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " — " + n.failureSummary).join(" | ")));
        }
        """;

    public static string? Path => Environment.GetEnvironmentVariable("OPENDATA_TEST_AXE") is { Length: > 0 } path ? path : null;

    /// <summary>Serious and critical faults of the page as it is, each with its first places.</summary>
    public static async Task<IReadOnlyList<string>> FaultsAsync(IPage page)
    {
        string source = await File.ReadAllTextAsync(Path ?? throw new InvalidOperationException("OPENDATA_TEST_AXE is not set but servers are required: see tests/servers.sh"));
        await page.EvaluateAsync(source);
        return await FoundAsync(page);
    }

    /// <summary>The same where the page has axe already.</summary>
    public static async Task<IReadOnlyList<string>> FoundAsync(IPage page) => JsonSerializer.Deserialize<string[]>(await page.EvaluateAsync<string>(Run))!;
}
