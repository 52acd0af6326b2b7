using OpenData.Format;

namespace OpenData.Server.Catalog;

/// <summary>A bandwidth class of accounts.</summary>
/// <param name="Id">Such as <c>registered</c>. <c>anonymous</c> is the tier of clients without an account.</param>
/// <param name="Rate">All connections of an account together get this rate.</param>
/// <param name="Streams">How many downloads an account may have open at a time.</param>
public sealed record Tier(string Id, ByteRate Rate, int Streams)
{
    /// <summary>The tier of clients without an account.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>The tier of a new account.</summary>
    public const string Registered = "registered";
}

/// <summary>An agreement under which data are given.</summary>
/// <param name="Id">Such as <c>basic-data</c>.</param>
/// <param name="Version">1, 2 …; an acceptance holds for its version.</param>
/// <param name="Effective">From when.</param>
/// <param name="Title">Its title.</param>
/// <param name="Markdown">Its text.</param>
public sealed record Terms(string Id, int Version, DateOnly Effective, LocalizedText Title, LocalizedText Markdown);
