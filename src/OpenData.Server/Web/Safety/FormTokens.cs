using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using OpenData.Server.Accounts;
using OpenData.Server.Gateway;
using OpenData.Server.Web.Components;
using OpenData.Server.Web.Members;

namespace OpenData.Server.Web.Safety;

/// <summary>
/// Lets only our own pages send forms. A browser gets 256 random bits in a <c>__Host-</c> cookie (which no other host and no script can set or
/// read); every form carries an HMAC under them of whoever is signed in. A form of another session, of before a sign-in or after a sign-out is refused.
/// </summary>
/// <remarks>Not the framework's antiforgery: that needs keys shared by all nodes, and refuses secure cookies behind a proxy that ends TLS.</remarks>
public static class FormTokens
{
    /// <summary>The field of a form.</summary>
    public const string Field = "form_token";

    /// <summary>The cookie.</summary>
    public const string Cookie = "__Host-form";

    private const int LongestBody = 64 * 1024;

    // A value is measured as it is sent, and a Chinese character is sent as nine bytes: a long text has its 4,000 characters.
    private static readonly FormOptions s_limits = new() { KeyLengthLimit = 64, ValueCountLimit = 40, ValueLengthLimit = LongestBody, BufferBodyLengthLimit = LongestBody, MultipartBodyLengthLimit = LongestBody };

    /// <summary>Says of an endpoint that its forms carry whole texts.</summary>
    private sealed record LongForm(int LongestBody)
    {
        public FormOptions Limits { get; } = new() { KeyLengthLimit = 64, ValueCountLimit = 64, ValueLengthLimit = LongestBody, BufferBodyLengthLimit = LongestBody, MultipartBodyLengthLimit = LongestBody };
    }

    /// <summary>The token for the forms of this answer. Call it before the answer begins: it may set the cookie.</summary>
    public static string FormToken(this HttpContext http)
    {
        if (http.Features.Get<Token>() is { } known)
        {
            return known.Text;
        }
        byte[]? secret = SecretOf(http.Request);
        if (secret is null)
        {
            secret = UrlSecret.Make();
            http.Response.Cookies.Append(Cookie, Base64Url.EncodeToString(secret), Cookies.ForUs);
        }
        string token = TokenOf(secret, http);
        http.Features.Set(new Token(token));
        return token;
    }

    /// <summary>Whether the answer to this request holds a token, which is for one browser only and a secret.</summary>
    internal static bool HasFormToken(this HttpContext http) => http.Features.Get<Token>() is not null;

    /// <summary>Refuses, before anything is done, every form that is not from a page of ours to whoever is signed in now, too long, or not a form.</summary>
    public static TBuilder RequireOwnForm<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Finally(endpoint =>
        {
            RequestDelegate inner = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = async http =>
            {
                if (!await IsOwnFormAsync(http))
                {
                    await SitePage.Of<ErrorPage>(http, new ErrorModel(400), StatusCodes.Status400BadRequest).ExecuteAsync(http);
                    return;
                }
                http.Response.Headers.CacheControl = "no-store";
                await inner(http);
            };
        });
        return builder;
    }

    /// <inheritdoc cref="RequireOwnForm{TBuilder}"/>
    /// <param name="builder">The endpoint.</param>
    /// <param name="longest">Bytes of the longest form, for one that carries whole texts.</param>
    public static TBuilder RequireOwnLongForm<TBuilder>(this TBuilder builder, int longest)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new LongForm(longest)));
        return builder.RequireOwnForm();
    }

    /// <summary>A text of the form that is sent, without what no text has; empty where it is missing.</summary>
    public static string FormText(this HttpRequest request, string name) => request.Form[name].FirstOrDefault()?.Replace("\0", "", StringComparison.Ordinal) ?? "";

    /// <summary>Whether the request is a form that one of our pages gave to whoever is signed in now; afterwards its fields are read.</summary>
    internal static async Task<bool> IsOwnFormAsync(HttpContext http)
    {
        if (http.Features.Get<Judged>() is { } judged)
        {
            return judged.Own; // a body is read once
        }
        bool own = await JudgeAsync(http);
        http.Features.Set(new Judged(own));
        return own;
    }

    /// <summary>Whether a token that came otherwise than in a whole form (<see cref="FormUpload"/>) is one that a page of ours gave to whoever is signed in now.</summary>
    internal static bool IsOwnToken(this HttpContext http, ReadOnlySpan<byte> token) =>
        IsFromHere(http) && SecretOf(http.Request) is { } secret && CryptographicOperations.FixedTimeEquals(token, Encoding.UTF8.GetBytes(TokenOf(secret, http)));

    private static async Task<bool> JudgeAsync(HttpContext http)
    {
        HttpRequest request = http.Request;
        LongForm? form = http.GetEndpoint()?.Metadata.GetMetadata<LongForm>();
        int longest = form?.LongestBody ?? LongestBody;
        if (!request.HasFormContentType || request.ContentLength > longest || !IsFromHere(http) || SecretOf(request) is not { } secret)
        {
            return false;
        }
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = longest;
        }
        http.Features.Set<IFormFeature>(new FormFeature(request, form?.Limits ?? s_limits));
        try
        {
            IFormCollection fields = await request.ReadFormAsync(http.RequestAborted);
            return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(fields[Field].ToString()), Encoding.UTF8.GetBytes(TokenOf(secret, http)));
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return false;
        }
    }

    /// <summary>What the browser says of where the form was (Fetch Metadata; Origin of older browsers). What says nothing has the token to show.</summary>
    private static bool IsFromHere(HttpContext http)
    {
        if (http.Request.Headers["Sec-Fetch-Site"] is [{ } site])
        {
            return site == "same-origin";
        }
        string? origin = http.Request.Headers.Origin;
        return origin is null || origin == http.RequestServices.GetRequiredService<PublicAddress>().Root(http.Request) || origin == $"{http.Request.Scheme}://{http.Request.Host}";
    }

    private static byte[]? SecretOf(HttpRequest request)
    {
        byte[] secret = new byte[UrlSecret.Bytes];
        return UrlSecret.TryRead(request.Cookies[Cookie], secret) ? secret : null;
    }

    private static string TokenOf(byte[] secret, HttpContext http) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes("opendata-form-1\n" + (http.Member()?.SessionKey ?? "nobody"))));

    private sealed record Token(string Text);

    private sealed record Judged(bool Own);
}
