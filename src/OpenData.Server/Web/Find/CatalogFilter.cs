using Microsoft.AspNetCore.Http.Extensions;

namespace OpenData.Server.Web.Find;

/// <summary>What of the catalog is asked for. It lives in the address, so that it can be kept, sent and gone back to.</summary>
/// <param name="Question">Words to look for.</param>
/// <param name="Jurisdiction">Office code.</param>
/// <param name="Category"><c>patent</c> or <c>ic-layout</c>.</param>
/// <param name="Content">Kind of content.</param>
/// <param name="Access">Class of access.</param>
public sealed record CatalogFilter(string? Question = null, string? Jurisdiction = null, string? Category = null, string? Content = null, string? Access = null)
{
    /// <summary>The longest question; what is beyond is cut off.</summary>
    public const int LongestQuestion = 100;

    /// <summary>True where everything is asked for.</summary>
    public bool IsEmpty => this == new CatalogFilter();

    /// <summary>The address of the catalog with this filter.</summary>
    public string Address
    {
        get
        {
            QueryBuilder query = new(Parts().Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Name, part.Value!)));
            return "/" + query;
        }
    }

    /// <summary>Reads an address; what cannot be read is not asked for.</summary>
    public static CatalogFilter Of(HttpRequest request)
    {
        string? question = One(request, "q");
        return new CatalogFilter(
            question?.Length > LongestQuestion ? question[..LongestQuestion] : question,
            One(request, "jurisdiction"),
            One(request, "category"),
            One(request, "content"),
            One(request, "access"));
    }

    /// <summary>Its parts by the names that they have in the address.</summary>
    public IEnumerable<(string Name, string? Value)> Parts() =>
        [("q", Question), ("jurisdiction", Jurisdiction), ("category", Category), ("content", Content), ("access", Access)];

    private static string? One(HttpRequest request, string name)
    {
        string text = string.Concat((request.Query[name].FirstOrDefault() ?? "").Where(c => !char.IsControl(c))).Trim();
        return text.Length == 0 ? null : text;
    }
}
