using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OpenData.Format;
using OpenData.Server.Releases;
using OpenData.Tests.Gateway;
using OpenData.Tests.Support;

namespace OpenData.Tests.Feeds;

/// <summary>
/// Every XML document of the server, judged by xmllint after a RELAX NG grammar of its format (Grammars/). The data have what XML and addresses make
/// difficult: Chinese editions, ampersands, a withdrawal's reason with markup.
/// </summary>
public sealed class GrammarTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(("OpenData:Feeds:Publisher", "知识产权局 & <Office>"));
        await _host.PublishRandomAsync(9_000_000);
        await _host.PublishRandomAsync(1000, GatewayHost.Release(revision: 2), seed: 2);
        await _host.PublishRandomAsync(1000, GatewayHost.Release(edition: "生物序列2023年"), seed: 3);
        await _host.PublishRandomAsync(1000, GatewayHost.Release(GatewayHost.Registered), seed: 4);
        await _host.Of<Withdrawals>().WithdrawAsync(GatewayHost.Release(GatewayHost.Registered), "<b>wrong</b> & \u0001 gone", CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Metalinks_are_as_RFC_5854_says()
    {
        ReleaseId chinese = GatewayHost.Release(edition: "生物序列2023年");
        string one = await ValidAsync("metalink4", GatewayHost.PathOf(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1)) + ".meta4");
        one.Split("<hash>").Length.ShouldBeGreaterThan(2, "it has the digests of pieces");
        await ValidAsync("metalink4", GatewayHost.PathOf(GatewayHost.Release(), "release.meta4"));
        await ValidAsync("metalink4", GatewayHost.PathOf(chinese, "release.meta4"));
        using StringContent query = new("""{"dataset":"CN-PA-OPEN","format":"metalink"}""", Encoding.UTF8, "application/json");
        (_, string key) = await _host.AccountAsync("anna");
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/links") { Content = query };
        request.Headers.Authorization = new("Bearer", key);
        using HttpResponseMessage signed = await _host.Client.SendAsync(request);
        signed.StatusCode.ShouldBe(HttpStatusCode.OK);
        await ValidTextAsync("metalink4", await signed.Content.ReadAsStringAsync());

        // The grammar is no rubber stamp.
        await InvalidAsync("metalink4", one, "name=\"", "name=\"../");
        await InvalidAsync("metalink4", one, "name=\"", "name=\"/");
        await InvalidAsync("metalink4", one, " type=\"sha-256\">", ">");
        await InvalidAsync("metalink4", one, "<hash>", "<hash type=\"sha-256\">");
        await InvalidAsync("metalink4", one, "priority=\"1\"", "priority=\"0\"");
        await InvalidAsync("metalink4", one, "Z</published>", "</published>");
        await InvalidAsync("metalink4", one, "<size>", "<size>-");
    }

    [Fact]
    public async Task Atom_feeds_are_as_RFC_4287_says()
    {
        string all = await ValidAsync("atom", "/feeds/all.atom");
        all.ShouldContain("&lt;b&gt;wrong");
        await ValidAsync("atom", "/feeds/all.atom?before=3");
        await ValidAsync("atom", $"/feeds/{GatewayHost.Registered}.atom");
        await ValidAsync("atom", $"/feeds/{GatewayHost.Agreement}.atom"); // nothing happened to it

        await InvalidAsync("atom", all, "rel=\"alternate\" type=\"text/html\" href=\"" + _host.Url.AbsoluteUri + "files", "rel=\"related\" type=\"text/html\" href=\"" + _host.Url.AbsoluteUri + "files");
        await InvalidAsync("atom", all, "Z</updated>", "</updated>");
        await InvalidAsync("atom", all, "<name>", "<title>twice</title><name>");
        await InvalidAsync("atom", all, "<id>http://", "<id>");
    }

    [Fact]
    public async Task Sitemaps_are_as_sitemaps_org_says_also_where_nothing_is_left_to_list()
    {
        await WalkAsync("sitemap", "/sitemap.xml");
        foreach (ReleaseId release in new[] { GatewayHost.Release(), GatewayHost.Release(revision: 2), GatewayHost.Release(edition: "生物序列2023年") })
        {
            await _host.Of<Withdrawals>().WithdrawAsync(release, "wrong", CancellationToken.None);
        }
        await _host.Of<ChangeWatch>().RefreshAsync(CancellationToken.None);
        await WalkAsync("sitemap", "/sitemap.xml");
        await InvalidAsync("sitemap", await ValidAsync("sitemap", "/sitemaps/pages.xml"), "<loc>", "<loc>/");
    }

    [Fact]
    public async Task ResourceSync_documents_are_as_the_specification_says()
    {
        await _host.Of<ChangeWatch>().RefreshAsync(CancellationToken.None);
        HashSet<string> seen = await WalkAsync("resourcesync", "/.well-known/resourcesync");
        seen.Count.ShouldBe(6, "the description, the capability list, and two lists with their indexes");
        string changes = await ValidAsync("resourcesync", "/resourcesync/changelist-1.xml");
        changes.ShouldContain("change=\"deleted\"");
        await InvalidAsync("resourcesync", changes, " from=\"", " at=\"");
        await InvalidAsync("resourcesync", changes, " datetime=\"", " at=\"");
        await InvalidAsync("resourcesync", changes, "change=\"deleted\"", "change=\"lost\"");
        await InvalidAsync("resourcesync", await ValidAsync("resourcesync", "/resourcesync/resourcelist-1.xml"), "sha-256:", "sha256:");
    }

    /// <summary>Follows the addresses of documents of the same kind, and judges each.</summary>
    private async Task<HashSet<string>> WalkAsync(string grammar, string start)
    {
        HashSet<string> seen = [start];
        Queue<string> left = new(seen);
        while (left.TryDequeue(out string? address))
        {
            XElement document = XDocument.Parse(await ValidAsync(grammar, address)).Root!;
            foreach (string next in document.Descendants(document.Name.Namespace + "loc").Select(loc => new Uri(loc.Value).PathAndQuery))
            {
                if (next.EndsWith(".xml", StringComparison.Ordinal) && seen.Add(next))
                {
                    left.Enqueue(next);
                }
            }
        }
        return seen;
    }

    private async Task<string> ValidAsync(string grammar, string address)
    {
        using HttpResponseMessage response = await _host.SendAsync(address);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, address);
        string text = await response.Content.ReadAsStringAsync();
        await ValidTextAsync(grammar, text);
        return text;
    }

    private async Task ValidTextAsync(string grammar, string text)
    {
        (int exitCode, string output) = await JudgeAsync(grammar, text);
        exitCode.ShouldBe(0, output + text);
    }

    private async Task InvalidAsync(string grammar, string text, string old, string replacement)
    {
        string wrong = new Regex(Regex.Escape(old), RegexOptions.None, TimeSpan.FromSeconds(10)).Replace(text, replacement, 1);
        wrong.ShouldNotBe(text);
        (int exitCode, string output) = await JudgeAsync(grammar, wrong);
        exitCode.ShouldBe(3, $"'{replacement}' for '{old}' is against the grammar: {output}");
    }

    private async Task<(int ExitCode, string Output)> JudgeAsync(string grammar, string text)
    {
        string file = _folder[Guid.NewGuid().ToString("N") + ".xml"];
        await File.WriteAllTextAsync(file, text);
        return await Tool.RunAsync(_folder.Path, "xmllint", "--noout", "--nonet", "--relaxng", Path.Combine(AppContext.BaseDirectory, "Feeds", "Grammars", grammar + ".rng"), file);
    }
}
