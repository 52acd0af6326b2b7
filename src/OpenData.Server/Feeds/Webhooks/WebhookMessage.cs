using System.Globalization;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OpenData.Format;

namespace OpenData.Server.Feeds.Webhooks;

/// <summary>
/// One change as it is posted, in the form of Standard Webhooks 1.0 (standardwebhooks.com): <c>webhook-id</c>, the same at each attempt, so that a receiver can
/// tell a repetition; <c>webhook-timestamp</c>, Unix seconds of the attempt; <c>webhook-signature</c>, <c>v1,</c> and the base64 of HMAC-SHA-256 (RFC 2104) over
/// <c>id.timestamp.body</c>.
/// </summary>
public static class WebhookMessage
{
    /// <summary>Bytes in a secret.</summary>
    public const int SecretBytes = 32;

    private const string SecretPrefix = "whsec_";

    /// <summary>A secret as its subscriber is told it, once.</summary>
    public static string Reveal(byte[] secret) => SecretPrefix + Convert.ToBase64String(secret);

    /// <summary>The request that delivers a change.</summary>
    public static HttpRequestMessage Request(Webhook hook, Change change, DateTimeOffset now)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{hook.Id}-{change.Serial}");
        string timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] body = Body(change);
        HttpRequestMessage request = new(HttpMethod.Post, hook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new(MediaTypeNames.Application.Json);
        request.Headers.UserAgent.Add(new("OpenData-Webhook", "1"));
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", "v1," + Sign(hook.Secret, id, timestamp, body));
        return request;
    }

    /// <summary>The signature, in base64.</summary>
    public static string Sign(byte[] secret, string id, string timestamp, byte[] body) =>
        Convert.ToBase64String(HMACSHA256.HashData(secret, (byte[])[.. Encoding.ASCII.GetBytes($"{id}.{timestamp}."), .. body]));

    private static byte[] Body(Change change)
    {
        using MemoryStream body = new();
        using (Utf8JsonWriter json = new(body, new JsonWriterOptions { Encoder = FeedJson.Encoder }))
        {
            json.WriteStartObject();
            json.WriteString("type", JsonNamingPolicy.KebabCaseLower.ConvertName(change.Type.ToString()));
            json.WriteString("timestamp", FeedXml.Time(change.At));
            json.WritePropertyName("data");
            JsonSerializer.Serialize(json, change, FeedJson.Format.Change);
            json.WriteEndObject();
        }
        return body.ToArray();
    }
}
