using OpenData.Server.Feedback;

namespace OpenData.Server.Web.ReleasePages;

/// <summary>What those say of a release who downloaded it.</summary>
/// <param name="Totals">All of them.</param>
/// <param name="Own">What the reader said, or null.</param>
/// <param name="MayRate">True where the reader may say it.</param>
/// <param name="IsSignedIn">True where the reader is signed in.</param>
/// <param name="Notice">The name of a text about what was just done, or null.</param>
public sealed record RatingView(RatingTotals Totals, Rating? Own, bool MayRate, bool IsSignedIn, string? Notice);
