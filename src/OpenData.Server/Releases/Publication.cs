using OpenData.Format;

namespace OpenData.Server.Releases;

/// <summary>How a publishing ended.</summary>
public enum PublicationOutcome
{
    /// <summary>The release is visible now.</summary>
    Published,

    /// <summary>The very release was visible already: an earlier run was killed after its commit, or another one was faster.</summary>
    AlreadyPublished,

    /// <summary>The edition's current release was made of the same delivery: nothing was published, the package is left to the sweep.</summary>
    SameDelivery,
}

/// <param name="Manifest">Of the release that is current.</param>
/// <param name="Outcome">How it ended.</param>
public sealed record Publication(Manifest Manifest, PublicationOutcome Outcome);

/// <summary>A release of this or a later revision is public and is not the one that is to be published. Nothing was changed.</summary>
/// <param name="release">Which one was to be published.</param>
/// <param name="why">What is there.</param>
public sealed class ReleaseConflictException(ReleaseId release, string why)
    : InvalidOperationException($"{release} cannot be published: {why}. Package the edition again; published bytes never change.")
{
    /// <summary>Which one was to be published.</summary>
    public ReleaseId Release { get; } = release;
}
