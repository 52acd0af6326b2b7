using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OpenData.Server.Accounts;
using OpenData.Tests.Support;

namespace OpenData.Tests.EndToEnd.Web;

// The same for programs.
public abstract partial class FeedbackTests
{
    [ContractFact]
    public async Task A_program_reports_a_problem_with_its_key_and_sees_what_became_of_it()
    {
        AccountStore store = site.Of<AccountStore>();
        await store.AddAsync("program", null, null, AccountState.Active, [], "test", CancellationToken.None);
        string key = (await store.AddKeyAsync("program", "key", null, "test", CancellationToken.None)).Value.ShouldNotBeNull().Reveal();
        await site.Of<CurrentAccounts>().RefreshAsync(CancellationToken.None);
        object report = new { dataset = Site.Registered, edition = "20260101", title = "An edition is missing", body = "<b>20260101</b> never came.", contact = "secret@example.org" };

        (await SendAsync("/api/v1/feedback", null, report)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        HttpResponseMessage made = await SendAsync("/api/v1/feedback", key, report, "once-1");
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        string address = made.Headers.Location!.ToString();
        (await SendAsync("/api/v1/feedback", key, report, "once-1")).Headers.Location!.ToString().ShouldBe(address, "sent twice it is one entry");
        string text = await site.Client.GetStringAsync(address);
        text.ShouldNotContain("secret@example.org");
        JsonElement told = JsonDocument.Parse(text).RootElement;
        told.GetProperty("state").GetString().ShouldBe("new");
        told.GetProperty("answers").GetArrayLength().ShouldBe(0);
        (await site.Client.GetAsync(address.Replace("/feedback/", "/requests/", StringComparison.Ordinal))).StatusCode.ShouldBe(HttpStatusCode.NotFound, "it asks for no data");

        (await SendAsync("/api/v1/requests", key, new { title = "Data before 1985", body = "For our history of claims." })).StatusCode.ShouldBe(HttpStatusCode.Created);
        JsonElement page = await site.Client.GetFromJsonAsync<JsonElement>("/api/v1/requests?limit=1&state=new");
        page.GetProperty("items")[0].GetProperty("kind").GetString().ShouldBe("request");
        foreach (object wrong in (object[])[new { }, new { title = "No dataset", body = "A body that is long enough." }, new { dataset = "'; DROP TABLE feedback", title = "A title", body = "long enough text" }, new { dataset = Site.Registered, title = new string('x', 9999), body = "long enough text" }])
        {
            HttpResponseMessage refused = await SendAsync("/api/v1/feedback", key, wrong);
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }
        foreach (string body in (string[])["", "[", "null", "{\"title\": 5}", "\ud83d"])
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/feedback") { Content = new StringContent(body, Encoding.UTF8, "application/json"), Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
            (await site.Client.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.BadRequest, body);
        }
        (await site.Client.GetAsync("/api/v1/feedback?state=withdrawn&limit=0")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string? key, object body, string? once = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
        if (once is not null)
        {
            request.Headers.Add("Idempotency-Key", once);
        }
        return await site.Client.SendAsync(request);
    }
}
