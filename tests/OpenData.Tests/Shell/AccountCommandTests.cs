using System.CommandLine;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Shell;
using OpenData.Tests.Accounts;

namespace OpenData.Tests.Shell;

public sealed class AccountCommandTests
{
    [Fact]
    public async Task An_account_and_its_key_are_made_used_and_ended_from_the_shell()
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        AccountsNode server = await room.NodeAsync();

        (await RunAsync(room, "account", "add", "anna", "--organization", "Institute", "--tier", "partner", "--admin")).Code.ShouldBe(0);
        (int code, string key, _) = await RunAsync(room, "key", "add", "anna", "--name", "laptop", "--expires", "P90D");
        code.ShouldBe(0);
        await server.Accounts.RefreshAsync(CancellationToken.None);
        Caller caller = server.Bearer(key.Trim()).Caller.ShouldNotBeNull();
        caller.Tier.Id.ShouldBe("partner");
        caller.Account.ShouldNotBeNull().IsAdmin.ShouldBeTrue();

        (await RunAsync(room, "account", "tier", "anna", "registered")).Output.ShouldBe("anna has the tier registered.\n");
        (await RunAsync(room, "account", "accept", "anna", "basic-data")).Output.ShouldBe("anna has accepted basic-data version 2.\n");
        (await RunAsync(room, "account", "grant", "anna", "CN-PA-RESTRICTED-10-A")).Output.ShouldBe("anna may download CN-PA-RESTRICTED-10-A.\n");
        (await RunAsync(room, "account", "suspend", "anna")).Output.ShouldBe("anna is suspended.\n");
        (await RunAsync(room, "account", "list")).Output.ShouldBe($"anna\tregistered\tsuspended\tadmin\tInstitute\t{caller.Account.Id}\n");
        (await RunAsync(room, "account", "activate", "anna")).Output.ShouldBe("anna is active.\n");

        string list = (await RunAsync(room, "key", "list")).Output;
        list.ShouldBe($"{caller.KeyId}\tanna\tlaptop\tin force\t2026-01-02 03:04Z\t2026-04-02 03:04Z\t-\tall\n");
        list.ShouldNotContain(key.Trim()[^64..]);
        (await RunAsync(room, "key", "revoke", caller.KeyId!)).Code.ShouldBe(0);
        await server.Accounts.RefreshAsync(CancellationToken.None);
        server.Bearer(key.Trim()).Refusal.ShouldBe(Refusal.KeyRevoked);
        (await room.Store.AuditOfAsync(caller.Account.Id, 100, CancellationToken.None)).ShouldAllBe(line => line.Actor == $"shell:{Environment.UserName}");
    }

    [Theory]
    [InlineData(1, "There is no tier 'gold' in the catalog. There are: anonymous, partner, registered.", "account", "add", "bert", "--tier", "gold")]
    [InlineData(1, "There is an account 'anna' already.", "account", "add", "anna")]
    [InlineData(1, "There is no tier 'gold' in the catalog. There are: anonymous, partner, registered.", "account", "tier", "anna", "gold")]
    [InlineData(1, "There is no account 'bert'.", "account", "suspend", "bert")]
    [InlineData(1, "There is no account 'bert'.", "key", "add", "bert")]
    [InlineData(1, "There is no key '0123456789abcdef'.", "key", "revoke", "0123456789abcdef")]
    [InlineData(2, "'soon' is not a duration; expected one such as P90D, P1Y or PT12H.", "key", "add", "anna", "--expires", "soon")]
    [InlineData(2, "'-P1D' is not a duration; expected one such as P90D, P1Y or PT12H.", "key", "add", "anna", "--expires", "-P1D")]
    [InlineData(2, "Required argument 'NAME' missing for command: 'add'.", "account", "add")]
    public async Task What_cannot_be_done_is_named(int code, string message, params string[] arguments)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        await room.AccountAsync();
        (int Code, string Output, string Error) result = await RunAsync(room, arguments);
        result.ShouldBe((code, "", message + "\n"));
    }

    [Theory]
    [InlineData("account")]
    [InlineData("account", "add")]
    [InlineData("account", "list")]
    [InlineData("account", "tier")]
    [InlineData("account", "suspend")]
    [InlineData("account", "activate")]
    [InlineData("account", "accept")]
    [InlineData("account", "grant")]
    [InlineData("key")]
    [InlineData("key", "add")]
    [InlineData("key", "list")]
    [InlineData("key", "revoke")]
    public async Task Help_shows_an_example(params string[] verb)
    {
        await using AccountsRoom room = await AccountsRoom.OpenAsync();
        string help = (await RunAsync(room, [.. verb, "--help"])).Output;
        help.ShouldContain("Example: opendata-server " + string.Join(' ', verb));
    }

    /// <summary>As the program runs a verb: wrong usage is 2, and nothing is done.</summary>
    private static async Task<(int Code, string Output, string Error)> RunAsync(AccountsRoom room, params string[] arguments)
    {
        Task<WebApplication> Prepare(ParseResult parsed, CancellationToken stop)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Services.AddSingleton<TimeProvider>(room.Time);
            builder.Services.AddSingleton<ICurrentCatalog>(room.Catalog);
            builder.Services.AddSingleton(room.Sql);
            builder.Services.AddAccounts(builder.Configuration);
            return Task.FromResult(builder.Build());
        }

        RootCommand root = new() { AccountCommand.Create(Prepare), KeyCommand.Create(Prepare) };
        using StringWriter output = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using StringWriter error = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            return (2, "", string.Join('\n', parsed.Errors.Select(fault => fault.Message)) + "\n");
        }
        int code = await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        return (code, output.ToString(), error.ToString());
    }
}
