using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OpenData.Tests.Feeds;

/// <summary>A subscriber's own web server.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebhookReceiver(WebApplication app) => _app = app;

    /// <summary>What it answers to a delivery.</summary>
    public Func<Delivery, int> Answer { get; set; } = _ => 204;

    /// <summary>Every delivery, accepted or not.</summary>
    public ConcurrentQueue<Delivery> Deliveries { get; } = [];

    public string Url { get; private set; } = "";

    public static async Task<WebhookReceiver> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        WebhookReceiver receiver = new(app);
        app.MapPost("/hook", async (HttpContext http) =>
        {
            using MemoryStream body = new();
            await http.Request.Body.CopyToAsync(body);
            Delivery delivery = new(http.Request.Headers["webhook-id"]!, http.Request.Headers["webhook-timestamp"]!, http.Request.Headers["webhook-signature"]!, body.ToArray());
            receiver.Deliveries.Enqueue(delivery);
            http.Response.StatusCode = receiver.Answer(delivery);
            http.Response.Headers.Location = "/hook";
        });
        await app.StartAsync();
        receiver.Url = app.Urls.Single() + "/hook";
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>A delivery as it came.</summary>
internal sealed record Delivery(string Id, string Timestamp, string Signature, byte[] Body)
{
    public long Serial => System.Text.Json.JsonDocument.Parse(Body).RootElement.GetProperty("data").GetProperty("serial").GetInt64();
}
