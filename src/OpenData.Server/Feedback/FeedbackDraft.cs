using OpenData.Format;
using OpenData.Server.Catalog;

namespace OpenData.Server.Feedback;

/// <summary>What a reader writes, before it is an entry.</summary>
/// <param name="Kind">What is wanted.</param>
/// <param name="Dataset">The dataset's code; empty for none, which only a request may have.</param>
/// <param name="Edition">The edition's id, or empty.</param>
/// <param name="Document">A document's number or a file's name, or empty.</param>
/// <param name="Title">In a line.</param>
/// <param name="Body">In words.</param>
/// <param name="Contact">How the office may reach the writer, or empty.</param>
public sealed record FeedbackDraft(FeedbackKind Kind, string Dataset, string Edition, string Document, string Title, string Body, string Contact)
{
    /// <summary>The names of the fields that have to be mended.</summary>
    public IEnumerable<string> Faults(DatasetCatalog catalog)
    {
        if (Dataset.Length == 0 ? Kind is FeedbackKind.Problem : !catalog.Datasets.ContainsKey(Dataset))
        {
            yield return nameof(Dataset);
        }
        if (Edition.Length > 0 && (Dataset.Length == 0 || !ReleaseId.IsEdition(Edition)))
        {
            yield return nameof(Edition);
        }
        if (!FeedbackRules.IsLine(Document, 0, FeedbackRules.LongestDocument))
        {
            yield return nameof(Document);
        }
        if (!FeedbackRules.IsLine(Title, 5, FeedbackRules.LongestTitle))
        {
            yield return nameof(Title);
        }
        if (!FeedbackRules.IsText(Body, 10, FeedbackRules.LongestBody))
        {
            yield return nameof(Body);
        }
        if (!FeedbackRules.IsLine(Contact, 0, FeedbackRules.LongestContact))
        {
            yield return nameof(Contact);
        }
    }
}
