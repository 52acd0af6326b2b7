using OpenData.Format;

namespace OpenData.Tests.Format;

public sealed class ReleaseIdTests
{
    [Theory]
    [InlineData("CN-PA-TXTS-10-A/20240102/r1")]
    [InlineData("CN-PA-BIOS-10/生物序列2023年/r12")]
    [InlineData("EP-PA-ABSO-10-AB/2024.w03_a/r2")]
    public void A_path_is_read_and_written_alike(string path)
    {
        ReleaseId.TryParse(path, out ReleaseId id).ShouldBeTrue();

        id.ToString().ShouldBe(path);
        id.ArchiveName(7).ShouldBe(path.Replace('/', '_') + "_007.zip");
    }

    [Theory]
    [InlineData("")]
    [InlineData("CN-A/20240102")]
    [InlineData("CN-A/20240102/r0")]
    [InlineData("CN-A/20240102/r01")]
    [InlineData("CN-A/20240102/1")]
    [InlineData("CN-A/20240102/r1/x")]
    [InlineData("cn-a/20240102/r1")]
    [InlineData("../20240102/r1")]
    [InlineData("CN-A/../r1")]
    [InlineData("CN-A/latest/r1")]
    [InlineData("CN-A/2024 01/r1")]
    [InlineData("CN-A/2024%2f01/r1")]
    [InlineData("CN-A/.hidden/r1")]
    [InlineData("CN-A/2024\u0000/r1")]
    [InlineData("CN-A/e\u0301/r1")] // not normalized
    public void What_is_no_release_is_refused(string path) => ReleaseId.TryParse(path, out _).ShouldBeFalse();
}
