using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;
using OpenData.Format;
using OpenData.Server.Feedback;

namespace OpenData.Server.Web.Feedback;

/// <summary>What the address of a list asks for. What it does not understand it passes over.</summary>
/// <param name="Kind">A kind, or null for both.</param>
/// <param name="State">A state, or null for all that the list has.</param>
/// <param name="IsOpen">All that waits for the office.</param>
/// <param name="Dataset">A dataset's code, or null.</param>
/// <param name="IsMine">What the reader wrote.</param>
/// <param name="IsHidden">What the office does not show.</param>
/// <param name="Before">Entries before this number, or null.</param>
public sealed record FeedbackAddress(FeedbackKind? Kind, FeedbackState? State, bool IsOpen, string? Dataset, bool IsMine, bool IsHidden, long? Before)
{
    /// <summary>Reads an address.</summary>
    public static FeedbackAddress Of(IQueryCollection query)
    {
        string? dataset = query["dataset"].FirstOrDefault();
        string? state = query["state"].FirstOrDefault();
        return new FeedbackAddress(
            FeedbackText.KindOf(query["kind"].FirstOrDefault()),
            FeedbackText.StateOf(state),
            state == "open",
            ReleaseId.IsDataset(dataset) ? dataset : null,
            query["mine"].FirstOrDefault() == "1",
            state == "hidden",
            long.TryParse(query["before"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out long before) ? before : null);
    }

    /// <summary>The query of such an address; empty where it asks for nothing.</summary>
    public string ToQuery()
    {
        QueryBuilder query = new();
        Add(query, "kind", Kind?.ToText());
        Add(query, "state", IsOpen ? "open" : IsHidden ? "hidden" : State?.ToText());
        Add(query, "dataset", Dataset);
        Add(query, "mine", IsMine ? "1" : null);
        Add(query, "before", Before?.ToString(CultureInfo.InvariantCulture));
        return query.ToQueryString().ToUriComponent();
    }

    private static void Add(QueryBuilder query, string name, string? value)
    {
        if (value is not null)
        {
            query.Add(name, value);
        }
    }
}
