using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using OpenData.Format;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway;

/// <summary>Files at well-known addresses (RFC 8615).</summary>
internal static class WellKnown
{
    public static void MapWellKnown(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/.well-known/opendata-signing-key.pem", SigningKeyAsync).ExcludeFromDescription();
        endpoints.MapGet(SigningKeyList.WellKnownPath, SigningKeysAsync).WithSummary("All public keys that ever signed here, with their validity, signed by the current one");
        endpoints.MapGet("/.well-known/security.txt", SecurityText).ExcludeFromDescription();
    }

    /// <summary>The key by which <c>SHA256SUMS.sig</c> and the head of the feed are checked.</summary>
    private static async Task<IResult> SigningKeyAsync(SigningKeys keys, CancellationToken stop) =>
        TypedResults.Text((await keys.CurrentAsync(stop)).PublicPem, "application/x-pem-file", Encoding.ASCII);

    /// <summary>The keys before it, the one to come, and how each is vouched for.</summary>
    private static async Task<Ok<SigningKeyList>> SigningKeysAsync(HttpResponse response, SigningKeys keys, CancellationToken stop)
    {
        response.Headers.CacheControl = "no-cache";
        return TypedResults.Ok(await keys.ListAsync(stop));
    }

    /// <summary>RFC 9116: whom to tell of a hole. It must expire; it is made anew for every request.</summary>
    private static IResult SecurityText(HttpRequest request, IOptions<GatewayOptions> options, PublicAddress address, TimeProvider time) =>
        options.Value.SecurityContact is not { } contact
            ? Problems.NotFound("The operators of this service have not said whom to write to (OpenData:Gateway:SecurityContact).")
            : TypedResults.Text(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Contact: {contact}\nExpires: {UtcTime.Text(time.GetUtcNow().AddDays(90))}\nPreferred-Languages: en, zh\nCanonical: {address.Root(request)}/.well-known/security.txt\n"),
                "text/plain",
                Encoding.UTF8);
}
