using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Net.Http.Headers;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Server.Web.Reading;
using OpenData.Server.Web.Safety;

namespace OpenData.Server.Web.Speed;

/// <summary>
/// Keeps public pages in memory for a few seconds, so that what a thousand readers ask for is rendered once. Only for who brings nothing but perhaps a
/// choice of language: nobody who is signed in gets a kept page, and no page with a form's token or a cookie is kept. A page is another one for another
/// address, language or coding, after another catalog came into force, and after anything was published or withdrawn.
/// </summary>
/// <remarks>What else is on a page (a rating, an answer to feedback) may be <see cref="Life"/> old for who is not signed in.</remarks>
internal sealed class KeptPages : IOutputCachePolicy
{
    /// <summary>How long a page is kept.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    /// <summary>The longest query and header that are worth a page of their own, in characters.</summary>
    private const int Longest = 200;

    private readonly ChangeWatch _changes;
    private long _catalogs;

    /// <param name="catalog">Tells of other catalogs.</param>
    /// <param name="changes">Tells of releases.</param>
    public KeptPages(ICurrentCatalog catalog, ChangeWatch changes)
    {
        _changes = changes;
        catalog.Changed += _ => Interlocked.Increment(ref _catalogs);
    }

    /// <inheritdoc/>
    public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        HttpRequest request = context.HttpContext.Request;
        bool isForAll = (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            && request.Cookies.Keys.All(name => name == LanguageChoice.Cookie)
            && request.Headers.Authorization.Count == 0
            && (request.QueryString.Value?.Length ?? 0) <= Longest
            && request.Headers.AcceptEncoding.ToString().Length <= Longest;
        context.EnableOutputCaching = isForAll;
        context.AllowCacheLookup = isForAll;
        context.AllowCacheStorage = isForAll;
        context.AllowLocking = isForAll; // of many who ask at once for a page that is not there, one waits for it to be made and the others for that one
        context.ResponseExpirationTimeSpan = Life;
        CacheVaryByRules rules = context.CacheVaryByRules;
        rules.QueryKeys = "*";
        rules.HeaderNames = HeaderNames.AcceptEncoding;
        rules.VaryByValues["language"] = LanguageChoice.Of(request).Code();
        rules.VaryByValues["state"] = $"{Interlocked.Read(ref _catalogs)}/{_changes.Head}";
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        HttpResponse response = context.HttpContext.Response;
        if (response.StatusCode != StatusCodes.Status200OK || response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) != true || response.Headers.SetCookie.Count > 0 || context.HttpContext.HasFormToken())
        {
            context.AllowCacheStorage = false;
        }
        return ValueTask.CompletedTask;
    }
}
