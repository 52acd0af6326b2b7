using Microsoft.Net.Http.Headers;
using OpenData.Server.Accounts;

namespace OpenData.Server.Web.Members;

/// <summary>A proof as a file that no browser shows within this site: whoever sent it may have put anything into it.</summary>
internal static class ProofFile
{
    /// <summary>The answer; who may have it is judged before.</summary>
    public static IResult Of(HttpContext http, Proof proof, byte[] content)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.CacheControl = "private, no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";
        headers[HeaderNames.XFrameOptions] = "DENY";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return TypedResults.File(content, proof.Type.MediaType(), proof.Name); // a name makes it an attachment
    }
}
