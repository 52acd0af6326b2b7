namespace OpenData.Format;

/// <summary>
/// A kind of problem that a server answers with: the one table of them. Its address, the <c>type</c> of the answer (RFC 9457, section 3.1.1), has a page that says what it
/// means and what to do. Names are never changed, and never used for anything else.
/// </summary>
public sealed class ProblemType
{
    /// <summary>The folder of the pages.</summary>
    public const string Folder = "/problems";

    private static readonly Dictionary<string, ProblemType> s_all = new(StringComparer.Ordinal);

    private ProblemType(string name, int? status, string title)
    {
        Name = name;
        Status = status;
        Title = title;
        s_all.Add(name, this);
    }

    /// <summary>Nothing is at this address.</summary>
    public static ProblemType NotFound { get; } = new("not-found", 404, "There is no such thing here");

    /// <summary>A parameter of the query, or a value of the body, cannot be.</summary>
    public static ProblemType BadParameter { get; } = new("bad-parameter", 400, "A parameter is wrong");

    /// <summary>The body of a request is not the JSON that is expected.</summary>
    public static ProblemType BadBody { get; } = new("bad-body", 400, "The body is not what is expected");

    /// <summary>The links that were asked for cannot be made.</summary>
    public static ProblemType InvalidLinkRequest { get; } = new("invalid-link-request", 400, "No such link can be made");

    /// <summary>No terms have this id.</summary>
    public static ProblemType UnknownTerms { get; } = new("unknown-terms", 404, "There are no such terms");

    /// <summary>The state of things does not allow it now.</summary>
    public static ProblemType Conflict { get; } = new("conflict", 409, "That cannot be done now");

    /// <summary>The release was withdrawn.</summary>
    public static ProblemType Withdrawn { get; } = new("withdrawn", 410, "This release was withdrawn");

    /// <summary>The release is beyond its dataset's retention.</summary>
    public static ProblemType Archived { get; } = new("archived", 410, "This release is archived");

    /// <summary>A condition of the request does not hold.</summary>
    public static ProblemType PreconditionFailed { get; } = new("precondition-failed", 412, "A precondition does not hold");

    /// <summary>The range is beyond the file.</summary>
    public static ProblemType RangeNotSatisfiable { get; } = new("range-not-satisfiable", 416, "The range is beyond the end of the file");

    /// <summary>The account's downloads are all in use.</summary>
    public static ProblemType TooManyStreams { get; } = new("too-many-streams", 429, "All downloads of the account are in use");

    /// <summary>Something was done too often.</summary>
    public static ProblemType TooMany { get; } = new("too-many", 429, "Too many");

    /// <summary>Credentials were wrong too often.</summary>
    public static ProblemType TooManyFailures { get; } = new("too-many-failures", 429, "Too many failed attempts");

    /// <summary>The key is none of this server's.</summary>
    public static ProblemType InvalidKey { get; } = new("invalid-key", 401, "The key is not valid");

    /// <summary>The key was revoked.</summary>
    public static ProblemType KeyRevoked { get; } = new("key-revoked", 401, "The key was revoked");

    /// <summary>The key has expired.</summary>
    public static ProblemType KeyExpired { get; } = new("key-expired", 401, "The key has expired");

    /// <summary>The signed link is not as it was made.</summary>
    public static ProblemType InvalidLink { get; } = new("invalid-link", 401, "The link is not valid");

    /// <summary>The signed link has expired.</summary>
    public static ProblemType LinkExpired { get; } = new("link-expired", 401, "The link has expired");

    /// <summary>Only accounts may have it.</summary>
    public static ProblemType AccountNeeded { get; } = new("account-needed", 401, "This needs an account");

    /// <summary>Terms have to be accepted first.</summary>
    public static ProblemType TermsNeeded { get; } = new("terms-needed", 403, "Terms have to be accepted first");

    /// <summary>The dataset is granted to accounts by name.</summary>
    public static ProblemType GrantNeeded { get; } = new("grant-needed", 403, "This dataset has to be granted");

    /// <summary>The key was made for something else.</summary>
    public static ProblemType KeyScope { get; } = new("key-scope", 403, "The key is not for this");

    /// <summary>Only administrators may do it.</summary>
    public static ProblemType AdminNeeded { get; } = new("admin-needed", 403, "This needs the role 'admin'");

    /// <summary>Only some roles may do it.</summary>
    public static ProblemType RoleNeeded { get; } = new("role-needed", 403, "This needs a role");

    /// <summary>The account is suspended.</summary>
    public static ProblemType AccountSuspended { get; } = new("account-suspended", 403, "The account is suspended");

    /// <summary>The account is not confirmed yet.</summary>
    public static ProblemType AccountPending { get; } = new("account-pending", 403, "The account waits to be confirmed");

    /// <summary>It is not for the caller to do.</summary>
    public static ProblemType Forbidden { get; } = new("forbidden", 403, "It is not for you to do that");

    /// <summary>Stored bytes are damaged.</summary>
    public static ProblemType Quarantined { get; } = new("quarantined", 503, "The file is damaged in storage");

    /// <summary>Something that the answer needs does not answer.</summary>
    public static ProblemType Unavailable { get; } = new("unavailable", 503, "A part of the service does not answer");

    /// <summary>The request cannot be understood or is not allowed here; with the status that says more.</summary>
    public static ProblemType Refused { get; } = new("refused", null, "The request was refused");

    /// <summary>A fault of the server; with the status that says more.</summary>
    public static ProblemType Failed { get; } = new("failed", null, "The server failed");

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<ProblemType> All => s_all.Values;

    /// <summary>What it is called, in kebab case.</summary>
    public string Name { get; }

    /// <summary>The HTTP status of such an answer; null where it differs.</summary>
    public int? Status { get; }

    /// <summary>What it is, in a few words of English.</summary>
    public string Title { get; }

    /// <summary>The path of its page, such as <c>/problems/not-found</c>.</summary>
    public string Address => $"{Folder}/{Name}";

    /// <summary>The type of a name, or null.</summary>
    public static ProblemType? Find(string name) => s_all.GetValueOrDefault(name);

    /// <summary>The problem of one answer.</summary>
    /// <param name="detail">What is wrong this time, and what to do next.</param>
    /// <param name="status">The status, where the type leaves it open.</param>
    public Problem Of(string detail, int? status = null) => new(Address, Title, status ?? Status ?? throw new ArgumentNullException(nameof(status)), detail);
}
