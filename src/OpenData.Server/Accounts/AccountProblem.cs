using System.Globalization;
using OpenData.Format;

namespace OpenData.Server.Accounts;

/// <summary>
/// What a refused caller is told (RFC 9457), whichever way the request came in: every such answer of the server is made here.
/// </summary>
/// <param name="Problem">The body; its status is the response's.</param>
/// <param name="RetryAfterSeconds">The <c>Retry-After</c> header, or null.</param>
public sealed record AccountProblem(Problem Problem, int? RetryAfterSeconds = null)
{
    /// <summary>
    /// The <c>WWW-Authenticate</c> headers of a 401. Two lines, not one list: wget looks for its scheme at the beginning of a line.
    /// </summary>
    public static IReadOnlyList<string> Challenges { get; } = ["Bearer realm=\"opendata\"", "Basic realm=\"opendata\", charset=\"UTF-8\""];

    /// <summary>The response's status.</summary>
    public int Status => Problem.Status!.Value;

    /// <summary>True where the response carries the <see cref="Challenges"/>.</summary>
    public bool Challenged => Status == StatusCodes.Status401Unauthorized;

    /// <summary>For credentials that were refused.</summary>
    /// <exception cref="ArgumentException">They were not.</exception>
    public static AccountProblem Of(Identification refused) => refused.Refusal switch
    {
        Refusal.InvalidCredentials => Make(ProblemType.InvalidKey,
            "Send a key as 'Authorization: Bearer odk_…', or with Basic as the password under any user name. A key has 85 characters and is shown once, when it is made; make another one if it is lost."),
        Refusal.KeyRevoked => Make(ProblemType.KeyRevoked, "Make another key in your account and use that."),
        Refusal.KeyExpired => Make(ProblemType.KeyExpired, "Make another key in your account and use that."),
        Refusal.InvalidLink => Make(ProblemType.InvalidLink,
            "It was changed on its way, or its key is gone. Use it exactly as it was given, or ask for another: POST /api/v1/links."),
        Refusal.LinkExpired => Make(ProblemType.LinkExpired, "Ask for another: POST /api/v1/links. A link lives for 7 days at most."),
        Refusal.AccountSuspended => Suspended,
        Refusal.AccountPending => Pending,
        Refusal.TooManyFailures => TooMany(refused.RetryAfter),
        _ => throw new ArgumentException("The caller was not refused.", nameof(refused)),
    };

    /// <summary>For a download that is not allowed.</summary>
    /// <param name="decision">Why.</param>
    /// <param name="dataset">The dataset's code.</param>
    /// <exception cref="ArgumentException">It is allowed.</exception>
    public static AccountProblem Of(AccessDecision decision, string dataset) => decision.Kind switch
    {
        AccessKind.NeedsAccount => Make(ProblemType.AccountNeeded,
            $"{dataset} is given to accounts. Register, make a key, and send it as 'Authorization: Bearer odk_…' or as the password of Basic."),
        AccessKind.NeedsTerms => Make(ProblemType.TermsNeeded, string.Create(
            CultureInfo.InvariantCulture,
            $"{dataset} is given under the terms '{decision.TermsId}', version {decision.TermsVersion}. Accept them in your account on the site, or with POST /api/v1/me/terms/{decision.TermsId}.")),
        AccessKind.NeedsGrant => Make(ProblemType.GrantNeeded,
            $"{dataset} is restricted: a curator grants it to accounts by name. Ask for it with a data request."),
        AccessKind.BeyondKey => Make(ProblemType.KeyScope,
            $"It was made for other datasets, or not for downloads. Use another key for {dataset}: what each one is for is shown in your account."),
        AccessKind.Pending => Pending,
        AccessKind.Suspended => Suspended,
        _ => throw new ArgumentException("The download is allowed.", nameof(decision)),
    };

    /// <summary>For an address that only accounts may use.</summary>
    public static AccountProblem AccountNeeded { get; } = Make(ProblemType.AccountNeeded,
        "Register, make a key, and send it as 'Authorization: Bearer odk_…' or as the password of Basic.");

    /// <summary>For a request that the key is not for.</summary>
    public static AccountProblem BeyondKey { get; } = Make(ProblemType.KeyScope,
        "It was made for downloads only, or for the desk only. Use another key: what each one is for is shown in your account.");

    /// <summary>For an address that only curators may use.</summary>
    public static AccountProblem AdminNeeded { get; } = Make(ProblemType.AdminNeeded, "Your account does not have it.");

    /// <summary>For an address that is for some roles only.</summary>
    /// <param name="roles">Any of these would do.</param>
    public static AccountProblem RoleNeeded(params ReadOnlySpan<string> roles) =>
        new(ProblemType.RoleNeeded.Of("Your account does not have it. An auditor may look (GET) and change nothing.") with { Title = $"This needs the role '{string.Join("' or '", roles!)}'" });

    private static AccountProblem Suspended { get; } = Make(ProblemType.AccountSuspended,
        "Its keys and links do not work until a curator activates it. Write to the operators of this server.");

    private static AccountProblem Pending { get; } = Make(ProblemType.AccountPending,
        "Its keys and links work as soon as it is. Without a key you may download what is open to anybody.");

    internal static AccountProblem Make(ProblemType type, string detail) => new(type.Of(detail));

    private static AccountProblem TooMany(TimeSpan wait)
    {
        int seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        return Make(ProblemType.TooManyFailures, string.Create(
            CultureInfo.InvariantCulture,
            $"Credentials from this address or for this key were wrong too often. Correct them and try again in {seconds} s.")) with
        {
            RetryAfterSeconds = seconds,
        };
    }
}
