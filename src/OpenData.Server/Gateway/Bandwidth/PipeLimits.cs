using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>What an account is promised.</summary>
/// <param name="Rate">Response body bytes a second of all its streams together. 0 holds its streams until the rate is raised.</param>
/// <param name="Streams">Most downloads at a time.</param>
/// <param name="Tier">The name of the class, for metrics; few different values.</param>
/// <param name="Weight">Its weight where accounts share a full link; 0 takes the rate.</param>
public readonly record struct PipeLimits(ByteRate Rate, int Streams, string Tier = "", int Weight = 0);
