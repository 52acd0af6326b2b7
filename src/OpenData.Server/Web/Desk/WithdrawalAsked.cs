using OpenData.Format;

namespace OpenData.Server.Web.Desk;

/// <summary>What is to be withdrawn.</summary>
/// <param name="Dataset">Of which dataset.</param>
/// <param name="Edition">Which edition.</param>
/// <param name="Revision">Only this revision; null for all.</param>
/// <param name="Document">Only this document: a publication number or the name of an entry; null for all.</param>
public sealed record WithdrawalAsked(string? Dataset, string? Edition, int? Revision, string? Document)
{
    private const int LongestDocument = 500;

    /// <summary>True where it names what can be withdrawn.</summary>
    public bool IsWhole => Dataset is not null && ReleaseId.IsEdition(Edition);

    /// <summary>Out of an address.</summary>
    public static WithdrawalAsked Of(HttpRequest request) => Of(request.Text("dataset"), request.Text("edition"), request.Text("revision"), request.Text("document"));

    /// <summary>Out of a form.</summary>
    public static WithdrawalAsked Of(IFormCollection form) => Of(form["dataset"], form["edition"], form["revision"], form["document"]);

    private static WithdrawalAsked Of(string? dataset, string? edition, string? revision, string? document) => new(
        Text(dataset),
        Text(edition),
        Text(document) is null && ReleaseId.TryParseRevision(Text(revision), out int number) ? number : null,
        Text(document));

    private static string? Text(string? text) => text?.Trim() is { Length: > 0 and <= LongestDocument } some && !some.Any(char.IsControl) ? some : null;
}
