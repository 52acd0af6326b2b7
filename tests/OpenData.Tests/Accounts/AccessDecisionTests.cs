using System.Collections.Frozen;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;

namespace OpenData.Tests.Accounts;

public sealed class AccessDecisionTests
{
    private const string Nobody = "nobody";

    // Rows: who. Columns: open, registered, agreement (terms version 2), restricted (the same terms, and a grant).
    [Theory]
    [InlineData(Nobody, 0, false, "Allowed", "NeedsAccount", "NeedsAccount", "NeedsAccount")]
    [InlineData("active", 0, false, "Allowed", "Allowed", "NeedsTerms", "NeedsTerms")]
    [InlineData("active", 1, false, "Allowed", "Allowed", "NeedsTerms", "NeedsTerms")]
    [InlineData("active", 2, false, "Allowed", "Allowed", "Allowed", "NeedsGrant")]
    [InlineData("active", 3, false, "Allowed", "Allowed", "Allowed", "NeedsGrant")]
    [InlineData("active", 0, true, "Allowed", "Allowed", "NeedsTerms", "NeedsTerms")]
    [InlineData("active", 1, true, "Allowed", "Allowed", "NeedsTerms", "NeedsTerms")]
    [InlineData("active", 2, true, "Allowed", "Allowed", "Allowed", "Allowed")]
    [InlineData("pending", 0, false, "Allowed", "Pending", "Pending", "Pending")]
    [InlineData("pending", 2, true, "Allowed", "Pending", "Pending", "Pending")]
    [InlineData("suspended", 0, false, "Suspended", "Suspended", "Suspended", "Suspended")]
    [InlineData("suspended", 2, true, "Suspended", "Suspended", "Suspended", "Suspended")]
    public void Access_is_decided_by_level_standing_terms_and_grant(
        string who, int accepted, bool granted, string open, string registered, string agreement, string restricted)
    {
        DatasetCatalog catalog = new TestCatalog().Current;
        Account? account = who == Nobody ? null : new Account
        {
            Id = "a",
            Name = "anna",
            Tier = "registered",
            State = Enum.Parse<AccountState>(who, ignoreCase: true),
            CreatedAt = DateTimeOffset.UnixEpoch,
            AcceptedTerms = accepted == 0 ? FrozenDictionary<string, int>.Empty : new Dictionary<string, int> { ["basic-data"] = accepted }.ToFrozenDictionary(),
            GrantedDatasets = granted ? new[] { "CN-PA-RESTRICTED-10-A" }.ToFrozenSet() : [],
        };

        string[] decisions = [.. Enum.GetValues<AccessLevel>().Select(level =>
            AccessDecision.Decide(catalog.Datasets.Values.Single(dataset => dataset.Access == level), catalog, account).Kind.ToString())];

        decisions.ShouldBe([open, registered, agreement, restricted]);
    }

    [Fact]
    public void Missing_terms_are_named_with_the_version_in_force_and_where_to_accept_them()
    {
        DatasetCatalog catalog = new TestCatalog().Current;
        AccessDecision decision = AccessDecision.Decide(catalog.Datasets["CN-PA-AGREEMENT-10-A"], catalog, Active());

        decision.ShouldBe(new AccessDecision(AccessKind.NeedsTerms, "basic-data", 2));
        AccountProblem problem = AccountProblem.Of(decision, "CN-PA-AGREEMENT-10-A");
        problem.Status.ShouldBe(403);
        problem.Challenged.ShouldBeFalse();
        problem.Problem.Detail.ShouldNotBeNull().ShouldContain("POST /api/v1/me/terms/basic-data");
        problem.Problem.Detail.ShouldContain("version 2");
    }

    [Fact]
    public void A_dataset_whose_terms_the_catalog_lost_is_given_to_nobody()
    {
        DatasetCatalog catalog = new TestCatalog().Current;
        AccessDecision.Decide(TestCatalog.Dataset(AccessLevel.Agreement, "gone"), catalog, Active()).Kind.ShouldBe(AccessKind.NeedsTerms);
        AccessDecision.Decide(TestCatalog.Dataset(AccessLevel.Agreement), catalog, Active()).Kind.ShouldBe(AccessKind.NeedsGrant);
    }

    [Fact]
    public void Every_refusal_has_a_problem_and_only_a_401_asks_for_credentials()
    {
        foreach (AccessKind kind in Enum.GetValues<AccessKind>().Except([AccessKind.Allowed]))
        {
            AccountProblem problem = AccountProblem.Of(new AccessDecision(kind, "basic-data", 2), "CN-PA-TXTS-10-A");
            problem.Status.ShouldBe(kind == AccessKind.NeedsAccount ? 401 : 403);
            problem.Challenged.ShouldBe(kind == AccessKind.NeedsAccount);
        }
        foreach (Refusal refusal in Enum.GetValues<Refusal>().Except([Refusal.None]))
        {
            AccountProblem problem = AccountProblem.Of(Identification.Refuse(refusal, TimeSpan.FromSeconds(1.5)));
            problem.Problem.Detail.ShouldNotBeNullOrEmpty();
            problem.RetryAfterSeconds.ShouldBe(refusal == Refusal.TooManyFailures ? 2 : null);
        }
    }

    private static Account Active() =>
        new() { Id = "a", Name = "anna", Tier = "registered", State = AccountState.Active, CreatedAt = DateTimeOffset.UnixEpoch };
}
