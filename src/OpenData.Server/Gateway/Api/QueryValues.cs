using System.Globalization;
using OpenData.Format;

namespace OpenData.Server.Gateway.Api;

/// <summary>The parameters of a query, read one by one. The first that cannot be read is the request's problem.</summary>
public sealed class QueryValues(HttpRequest request)
{
    /// <summary>Items of a page unless the query says otherwise.</summary>
    public const int DefaultLimit = 100;

    /// <summary>Most items of a page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>What is wrong with the query, or null.</summary>
    public Problems? Problem { get; private set; }

    /// <summary>A text; null where it is absent or empty.</summary>
    public string? Text(string name, int longest = 200)
    {
        string? value = One(name);
        return value?.Length > longest ? Wrong<string>(name, value, string.Create(CultureInfo.InvariantCulture, $"at most {longest} characters")) : value;
    }

    /// <summary>One of a few words.</summary>
    public string? Word(string name, params string[] words) =>
        One(name) is not { } value || words.Contains(value, StringComparer.Ordinal) ? One(name) : Wrong<string>(name, value, $"one of {string.Join(", ", words)}");

    /// <summary>A whole number.</summary>
    public long Number(string name, long standard, long least, long most) =>
        One(name) is not { } value ? standard
        : long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most ? number
        : Wrong<long>(name, value, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));

    /// <summary>How many items a page may have.</summary>
    public int Limit() => (int)Number("limit", DefaultLimit, 1, MaxLimit);

    /// <summary>A day.</summary>
    public DateOnly? Day(string name) =>
        One(name) is not { } value ? null
        : DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? day
        : Wrong<DateOnly?>(name, value, "a day such as 2024-01-02");

    /// <summary>Says that a value cannot be.</summary>
    public T? Wrong<T>(string name, string? value, string expected)
    {
        Problem ??= Problems.BadParameter(name, value, expected);
        return default;
    }

    /// <summary>The address of a page that goes on after an item: the same query with another <c>after</c>.</summary>
    public string Following(string after)
    {
        QueryString next = QueryString.Create(request.Query
            .Where(pair => pair.Key != "after" && pair.Key != "wait")
            .SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value))
            .Append(KeyValuePair.Create<string, string?>("after", after)));
        return request.PathBase + request.Path + next.ToUriComponent();
    }

    /// <summary>A page of a list of which one item more than the limit was asked for.</summary>
    public Page<T> Page<T>(IReadOnlyList<T> oneMore, int limit, Func<T, string> after) => oneMore.Count > limit
        ? new Page<T>([.. oneMore.Take(limit)], Following(after(oneMore[limit - 1])))
        : new Page<T>(oneMore, null);

    private string? One(string name) =>
        request.Query.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) && values is [{ Length: > 0 } value] ? value
        : values.Count > 1 ? Wrong<string>(name, values.ToString(), "one value")
        : null;
}
