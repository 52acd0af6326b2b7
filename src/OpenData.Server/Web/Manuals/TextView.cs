namespace OpenData.Server.Web.Manuals;

/// <summary>A text to be read, and where to go from it.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Html">The text.</param>
/// <param name="About">What is to be known before it, or null.</param>
/// <param name="Up">Where it belongs.</param>
/// <param name="FurtherTitle">What the further texts are.</param>
/// <param name="Further">Further texts by their addresses.</param>
/// <param name="Accept">Where a form that accepts the text is sent to, or null.</param>
public sealed record TextView(string Title, string Html, string? About, (string Address, string Text)? Up, string? FurtherTitle, IReadOnlyList<(string Address, string Text)> Further, string? Accept = null);
