using System.CommandLine;
using OpenData.Server.Shell;
using OpenData.Tests.Support;

namespace OpenData.Tests.Samples;

public sealed class SampleCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_writes_the_editions_that_were_asked_for_and_says_how_fast()
    {
        (await RunAsync(_folder.Path, "--dataset", "CN-IC-REGS", "--dataset", "US-PA-BIBO-10-B", "--editions", "3", "--size", "30 kB")).ShouldBe(0, _error.ToString());

        Directory.EnumerateDirectories(_folder["CN/CN-IC-REGS"]).Count().ShouldBe(3);
        Directory.EnumerateFiles(_folder["US/US-PA-BIBO-10-B"], "READY", SearchOption.AllDirectories).Count().ShouldBe(3);
        _output.ToString().ShouldStartWith("6 editions, ");
        _output.ToString().ShouldContain("/s, below ");
    }

    [Fact]
    public async Task An_unknown_dataset_is_named_and_nothing_is_written()
    {
        (await RunAsync(_folder.Path, "--dataset", "CN-IC-REGS", "--dataset", "XX-NOPE")).ShouldBe(2);

        _error.ToString().ShouldContain("XX-NOPE");
        SampleCatalog.Names(_folder.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--size", "much")]
    [InlineData("--size", "0")]
    [InlineData("--editions", "0")]
    public void What_makes_no_sense_is_refused_with_the_option_s_name(string option, string value) =>
        Parse(_folder.Path, option, value).Errors.ShouldContain(error => error.Message.Contains(option, StringComparison.Ordinal));

    [Fact]
    public async Task Help_gives_an_example()
    {
        await RunAsync("--help");

        _output.ToString().ShouldContain("Example: opendata-server sample ./deliveries");
    }

    private Task<int> RunAsync(params string[] arguments) =>
        Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = _output, Error = _error }, CancellationToken.None);

    private static ParseResult Parse(params string[] arguments) =>
        new RootCommand { SampleCommand.Create(_ => SampleCatalog.Whole, TimeProvider.System) }.Parse(["sample", .. arguments]);
}
