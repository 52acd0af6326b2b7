using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace OpenData.Server.Web.Reading;

/// <summary>The languages of the site.</summary>
public enum SiteLanguage
{
    /// <summary>English; also for readers of neither language.</summary>
    En,

    /// <summary>Chinese, in simplified characters.</summary>
    Zh,
}

/// <summary>Which language a page is answered in: what the address asks for (<c>?lang=zh</c>), else what was chosen before, else what the browser prefers.</summary>
public static class LanguageChoice
{
    /// <summary>The parameter of the address.</summary>
    public const string Parameter = "lang";

    /// <summary>The cookie that remembers a choice. It holds nothing else, so scripts and plain HTTP may see it.</summary>
    public const string Cookie = "lang";

    /// <summary>The language of a request's answer.</summary>
    public static SiteLanguage Of(HttpRequest request) =>
        Parse(request.Query[Parameter]) ?? Parse(request.Cookies[Cookie]) ?? Preferred(request.Headers.AcceptLanguage) ?? SiteLanguage.En;

    /// <summary><c>zh</c> or <c>en</c>; anything else is no choice.</summary>
    public static SiteLanguage? Parse(string? text) => text switch
    {
        "zh" => SiteLanguage.Zh,
        "en" => SiteLanguage.En,
        _ => null,
    };

    /// <summary><c>zh</c> or <c>en</c>.</summary>
    public static string Code(this SiteLanguage language) => language is SiteLanguage.Zh ? "zh" : "en";

    /// <summary>As <c>lang</c> and <c>Content-Language</c> say it (BCP 47).</summary>
    public static string Tag(this SiteLanguage language) => language is SiteLanguage.Zh ? "zh-Hans" : "en";

    /// <summary>How numbers and dates are written.</summary>
    public static CultureInfo Culture(this SiteLanguage language) => language is SiteLanguage.Zh ? s_chinese : s_english;

    private static readonly CultureInfo s_chinese = CultureInfo.GetCultureInfo("zh-CN");
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-GB");

    /// <summary>The first of the two that the browser names, by weight and then by place (RFC 9110, 12.5.4).</summary>
    private static SiteLanguage? Preferred(Microsoft.Extensions.Primitives.StringValues accepted)
    {
        if (!StringWithQualityHeaderValue.TryParseList(accepted, out IList<StringWithQualityHeaderValue>? values))
        {
            return null;
        }
        foreach (StringWithQualityHeaderValue value in values.Where(value => value.Quality is not 0).OrderByDescending(value => value.Quality ?? 1))
        {
            string primary = value.Value.ToString().Split('-')[0];
            if (Parse(primary.ToLowerInvariant()) is { } language)
            {
                return language;
            }
        }
        return null;
    }
}
