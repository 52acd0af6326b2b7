using Microsoft.Net.Http.Headers;
using OpenData.Server.Accounts;
using OpenData.Server.Audit;

namespace OpenData.Server.Web.Desk.Accounts;

/// <summary>Gives an officer a proof, as a file that no browser shows within this site, after it is written down who got it.</summary>
internal static class ProofDownload
{
    public static async Task<IResult> SendAsync(string id, string proof, HttpContext http, AccountStore store, AuditTrail trail, CancellationToken stop)
    {
        if (await store.ReadProofAsync(id, proof, stop) is not { } found || await store.FindAsync(id, stop) is not { Value: { } account })
        {
            return TypedResults.NotFound();
        }
        await trail.AddAsync(http.Act("proof.download", account.Name, after: $"{found.Proof.Name}, SHA-256 {found.Proof.Sha256}"), stop);
        IHeaderDictionary headers = http.Response.Headers;
        headers.CacheControl = "private, no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";
        headers[HeaderNames.XFrameOptions] = "DENY";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return TypedResults.File(found.Content, found.Proof.Type.MediaType(), found.Proof.Name); // a name makes it an attachment
    }
}
