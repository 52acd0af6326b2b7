namespace OpenData.Server.Web.Components;

/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong here, in the reader's language, or null for the words that go with the status.</param>
/// <param name="Next">Where to go instead.</param>
/// <param name="NextText">What is there.</param>
public sealed record ErrorModel(int Status, string? Detail = null, string? Next = null, string? NextText = null)
{
    /// <summary>The group of statuses that has words of its own: 400, 403, 404, 410, 429, 500 or 503.</summary>
    public string Kind => Status switch
    {
        403 or 404 or 410 or 429 or 503 => Status.ToString(System.Globalization.CultureInfo.InvariantCulture),
        >= 500 => "500",
        _ => "400",
    };
}
