using OpenData.Server.Shell;
using OpenData.Tests.EndToEnd;

namespace OpenData.Tests.Shell;

public sealed class HealthCommandTests
{
    [Theory]
    [InlineData("http://0.0.0.0:8080", "http://127.0.0.1:8080")]
    [InlineData("http://*:80/;https://*:443", "http://127.0.0.1:80")]
    [InlineData("http://[::]:8080", "http://127.0.0.1:8080")]
    [InlineData("http://10.0.0.5:8080/", "http://10.0.0.5:8080")]
    public void A_server_that_listens_everywhere_is_asked_on_this_machine(string urls, string reachable) => HealthCommand.Reachable(urls).ShouldBe(reachable);

    [Fact]
    public async Task A_server_that_is_not_there_is_named_and_the_verb_fails()
    {
        (int code, string output) = await ServerProcess.RunAsync(null, "health", "http://127.0.0.1:1");
        code.ShouldBe(1);
        output.ShouldContain("http://127.0.0.1:1 does not answer");
    }
}
