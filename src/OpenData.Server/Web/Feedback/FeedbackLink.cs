using Microsoft.AspNetCore.Http.Extensions;
using OpenData.Server.Feedback;

namespace OpenData.Server.Web.Feedback;

/// <summary>Addresses of the form, filled in with what it is about.</summary>
public static class FeedbackLink
{
    /// <summary>What an entry is called in a report: its name, or where that is longer than a report takes, its last part or the end of that.</summary>
    public static string DocumentOf(string entry)
    {
        string name = entry.Length <= FeedbackRules.LongestDocument ? entry : entry[(entry.LastIndexOf('/') + 1)..];
        return name.Length <= FeedbackRules.LongestDocument ? name : name[^FeedbackRules.LongestDocument..];
    }

    /// <summary>The form for a dataset, one of its editions, or a document in it; empty texts are left out.</summary>
    public static string Of(FeedbackKind kind, string dataset = "", string edition = "", string document = "")
    {
        QueryBuilder query = new() { { "kind", kind.ToText() } };
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)[("dataset", dataset), ("edition", edition), ("document", document)])
        {
            if (value.Length > 0)
            {
                query.Add(name, value);
            }
        }
        return "/feedback/new" + query.ToQueryString().ToUriComponent();
    }
}
