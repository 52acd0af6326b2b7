using System.Collections.Frozen;
using OpenData.Server.Accounts;
using OpenData.Server.Web.Safety;

namespace OpenData.Tests.Web.Safety;

public sealed class RoleGuardTests
{
    [Theory]
    [InlineData("admin", true, true)]
    [InlineData("account-officer", true, true)]
    [InlineData("auditor", true, false)]
    [InlineData("curator", false, false)]
    [InlineData("", false, false)]
    public void A_page_is_for_its_roles_and_admins_and_an_auditor_only_looks(string role, bool sees, bool changes)
    {
        Account account = With(AccountState.Active, role);
        RoleGuard.Allows(account, "GET", Role.AccountOfficer).ShouldBe(sees);
        RoleGuard.Allows(account, "HEAD", Role.AccountOfficer).ShouldBe(sees);
        RoleGuard.Allows(account, "POST", Role.AccountOfficer).ShouldBe(changes);
        RoleGuard.Allows(account, "DELETE", Role.AccountOfficer).ShouldBe(changes);
    }

    [Theory]
    [InlineData(AccountState.Pending)]
    [InlineData(AccountState.Suspended)]
    public void A_role_is_worth_nothing_without_a_confirmed_account(AccountState state) =>
        RoleGuard.Allows(With(state, "admin"), "GET", Role.AccountOfficer).ShouldBeFalse();

    [Fact]
    public void One_of_several_roles_is_enough() =>
        RoleGuard.Allows(With(AccountState.Active, "curator"), "POST", Role.AccountOfficer, Role.Curator).ShouldBeTrue();

    private static Account With(AccountState state, string role) => new()
    {
        Id = "0123456789abcdef0123456789abcdef",
        Name = "anna",
        Tier = "registered",
        State = state,
        Roles = role.Length == 0 ? [] : new[] { role }.ToFrozenSet(),
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
