using System.Collections.Frozen;
using OpenData.Server.Accounts;

namespace OpenData.Tests.Accounts;

public sealed class DeskRightsTests
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
        account.May("GET", Role.AccountOfficer).ShouldBe(sees);
        account.May("HEAD", Role.AccountOfficer).ShouldBe(sees);
        account.May("POST", Role.AccountOfficer).ShouldBe(changes);
        account.May("DELETE", Role.AccountOfficer).ShouldBe(changes);
    }

    [Theory]
    [InlineData(AccountState.Pending)]
    [InlineData(AccountState.Suspended)]
    public void A_role_is_worth_nothing_without_a_confirmed_account(AccountState state) =>
        With(state, "admin").May("GET", Role.AccountOfficer).ShouldBeFalse();

    [Fact]
    public void One_of_several_roles_is_enough() =>
        With(AccountState.Active, "curator").May("POST", Role.AccountOfficer, Role.Curator).ShouldBeTrue();

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
