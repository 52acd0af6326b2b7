using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Http;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>The head of a response as bytes (RFC 9112, 4 and 5), with the same fields that Kestrel sends for it.</summary>
internal static class ResponseHead
{
    /// <param name="plan">Status and fields.</param>
    /// <param name="pipe">The account's, for its limits.</param>
    /// <param name="now">For Date (RFC 9110, 6.6.1).</param>
    /// <param name="keepAlive">False where the connection is closed after it.</param>
    public static byte[] Of(FileResponse plan, AccountPipe pipe, DateTimeOffset now, bool keepAlive) => Of(
        plan.Status,
        [.. plan.Fields, new(RateLimitFields.PolicyName, RateLimitFields.Policy(pipe.Limits)), new(RateLimitFields.CurrentName, RateLimitFields.Current(pipe.Snapshot()))],
        now,
        keepAlive);

    /// <inheritdoc cref="Of(FileResponse, AccountPipe, DateTimeOffset, bool)"/>
    public static byte[] Of(int status, IReadOnlyList<KeyValuePair<string, string>> fields, DateTimeOffset now, bool keepAlive)
    {
        StringBuilder head = new(1024);
        head.Append("HTTP/1.1 ").Append(status).Append(' ').Append(ReasonPhrases.GetReasonPhrase(status)).Append("\r\n");
        foreach ((string name, string value) in fields)
        {
            Append(head, name, value);
        }
        Append(head, "Date", HttpDate.Format(now));
        if (!keepAlive)
        {
            Append(head, "Connection", "close");
        }
        head.Append("\r\n");
        return Encoding.ASCII.GetBytes(head.ToString());
    }

    private static void Append(StringBuilder head, string name, string value)
    {
        // Values are made here from what was published; a line end in one would forge fields.
        if (value.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            throw new InvalidDataException($"The field {name} has a line end in it.");
        }
        head.Append(name).Append(": ").Append(value).Append("\r\n");
    }
}
