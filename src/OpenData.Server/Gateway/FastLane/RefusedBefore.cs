using OpenData.Server.Accounts;

namespace OpenData.Server.Gateway.FastLane;

/// <summary>
/// A refusal that goes with a request from the fast lane to Kestrel, so that wrong credentials count as one failed attempt and not as two. Only
/// refusals travel: at worst somebody is refused.
/// </summary>
internal sealed class RefusedBefore(string? authorization, string query, Identification refusal)
{
    private int _taken;

    /// <summary>The refusal, once, for the request that it belongs to.</summary>
    public static Identification? TakeFor(HttpContext http) =>
        http.Features.Get<RefusedBefore>() is { } before && Interlocked.Exchange(ref before._taken, 1) == 0 && before.IsOf(http.Request) ? before.Refusal : null;

    private Identification Refusal { get; } = refusal;

    private bool IsOf(HttpRequest request) =>
        request.Headers.Authorization == authorization && request.QueryString.Value!.AsSpan().TrimStart('?').SequenceEqual(query);
}
