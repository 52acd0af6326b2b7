using System.Globalization;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Server.Gateway;

/// <summary>
/// The limits of an account as draft-ietf-httpapi-ratelimit-headers writes them: bytes of response bodies in a window of one second, and
/// downloads at a time. Told before they are met.
/// </summary>
public static class RateLimitFields
{
    /// <summary>The field that names the limits.</summary>
    public const string PolicyName = "RateLimit-Policy";

    /// <summary>The field that says what is left of them.</summary>
    public const string CurrentName = "RateLimit";

    /// <summary>What the account was promised.</summary>
    public static string Policy(in PipeLimits limits) => string.Create(
        CultureInfo.InvariantCulture,
        $"\"content-bytes\";q={limits.Rate.BytesPerSecond};w=1;qu=\"content-bytes\", \"concurrent-requests\";q={limits.Streams};qu=\"concurrent-requests\"");

    /// <summary>What is left at this moment: bytes a second that its running downloads leave, and downloads.</summary>
    public static string Current(PipeSnapshot pipe) => string.Create(
        CultureInfo.InvariantCulture,
        $"\"content-bytes\";r={Math.Max(0, pipe.Allowed.BytesPerSecond - pipe.Achieved.BytesPerSecond)};t=1, \"concurrent-requests\";r={Math.Max(0, pipe.MaxStreams - pipe.Streams.Count)}");
}
