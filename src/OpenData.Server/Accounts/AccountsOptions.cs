using OpenData.Server.Accounts.Oidc;

namespace OpenData.Server.Accounts;

/// <summary>Who may do what. Configuration section <c>OpenData:Accounts</c>.</summary>
public sealed record AccountsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "OpenData:Accounts";

    /// <summary>
    /// How often the database is asked whether an account changed, 50 to 500 ms; default 250 ms. A change takes effect within a second, so
    /// this leaves time for reading it on a busy machine.
    /// </summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the times of last use are written, 1 s to 1 h; default 1 min.</summary>
    public TimeSpan UseInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Failed attempts in a row of one address or on one key before further ones get 429, 1 to 1,000; default 20.</summary>
    public int Failures { get; init; } = 20;

    /// <summary>Time until one more failed attempt is looked at, 1 s to 1 h; default 10 s.</summary>
    public TimeSpan FailureRefill { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many addresses, and how many key ids, failures are remembered of, 100 to 10,000,000; default 65,536 (some 5 MB each).</summary>
    public int FailureMemory { get; init; } = 65_536;

    /// <summary>Whether people may register on the site; default true. Their accounts wait until a curator confirms them.</summary>
    public bool Registration { get; init; } = true;

    /// <summary>
    /// Failed sign-ins in a row of one account before further ones have to wait, 1 to 100; default 10. A browser that signed in to the account
    /// before is counted by itself, so that nobody locks out its owner from elsewhere.
    /// </summary>
    public int SignInFailures { get; init; } = 10;

    /// <summary>Time until one more sign-in is looked at, 1 s to 1 h; default 6 min.</summary>
    public TimeSpan SignInRefill { get; init; } = TimeSpan.FromMinutes(6);

    /// <summary>How long a session of the site lasts, 5 min to 30 days; default 12 h.</summary>
    public TimeSpan SessionLife { get; init; } = TimeSpan.FromHours(12);

    /// <summary>The organization's unified login; default none.</summary>
    public OidcOptions Oidc { get; init; } = new();

    /// <summary>What is wrong with these settings, each beginning with the setting's name.</summary>
    public IEnumerable<string> Faults()
    {
        if (Poll < TimeSpan.FromMilliseconds(50) || Poll > TimeSpan.FromMilliseconds(500))
        {
            yield return $"{Section}:Poll is {Poll}; it must be between 00:00:00.050 and 00:00:00.500.";
        }
        if (UseInterval < TimeSpan.FromSeconds(1) || UseInterval > TimeSpan.FromHours(1))
        {
            yield return $"{Section}:UseInterval is {UseInterval}; it must be between 00:00:01 and 01:00:00.";
        }
        if (Failures is < 1 or > 1000)
        {
            yield return $"{Section}:Failures is {Failures}; it must be between 1 and 1000.";
        }
        if (FailureRefill < TimeSpan.FromSeconds(1) || FailureRefill > TimeSpan.FromHours(1))
        {
            yield return $"{Section}:FailureRefill is {FailureRefill}; it must be between 00:00:01 and 01:00:00.";
        }
        if (FailureMemory is < 100 or > 10_000_000)
        {
            yield return $"{Section}:FailureMemory is {FailureMemory}; it must be between 100 and 10000000.";
        }
        if (SignInFailures is < 1 or > 100)
        {
            yield return $"{Section}:SignInFailures is {SignInFailures}; it must be between 1 and 100.";
        }
        if (SignInRefill < TimeSpan.FromSeconds(1) || SignInRefill > TimeSpan.FromHours(1))
        {
            yield return $"{Section}:SignInRefill is {SignInRefill}; it must be between 00:00:01 and 01:00:00.";
        }
        if (SessionLife < TimeSpan.FromMinutes(5) || SessionLife > TimeSpan.FromDays(30))
        {
            yield return $"{Section}:SessionLife is {SessionLife}; it must be between 00:05:00 and 30.00:00:00.";
        }
        foreach (string fault in Oidc.Faults())
        {
            yield return fault;
        }
    }
}
