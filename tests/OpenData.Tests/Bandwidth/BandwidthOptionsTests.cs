using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using OpenData.Format;
using OpenData.Server.Gateway.Bandwidth;

namespace OpenData.Tests.Bandwidth;

public sealed class BandwidthOptionsTests
{
    [Fact]
    public void Settings_are_read_as_people_write_them()
    {
        BandwidthOptions options = Read(("LinkRate", "2.5 Gb/s"), ("Tick", "00:00:00.010"), ("MaxChunk", "128 KiB"), ("IdleTimeout", "00:00:30"));
        options.ShouldBe(new BandwidthOptions
        {
            LinkRate = ByteRate.FromMegabits(2500),
            Tick = TimeSpan.FromMilliseconds(10),
            MaxChunk = 128 * 1024,
            IdleTimeout = TimeSpan.FromSeconds(30),
        });
        Read().ShouldBe(new BandwidthOptions());
    }

    [Theory]
    [InlineData("LinkRate", "10 Gbit")]
    [InlineData("LinkRate", "0 Mb/s")]
    [InlineData("Tick", "1.00:00:00")]
    [InlineData("MaxBurst", "00:00:01")]
    [InlineData("ChunkTime", "fast")]
    [InlineData("MinChunk", "1 B")]
    public void A_wrong_setting_is_refused_by_its_name(string name, string text) =>
        Should.Throw<ValidationException>(() => Read((name, text))).Message.ShouldStartWith($"OpenData:Bandwidth:{name} is '{text}'");

    private static BandwidthOptions Read(params (string Name, string Text)[] settings) =>
        BandwidthOptions.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>($"OpenData:Bandwidth:{setting.Name}", setting.Text)))
            .Build());
}
