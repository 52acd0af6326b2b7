using System.Globalization;
using System.Net;
using System.Text;
using OpenData.Format;
using OpenData.Tests.Packaging;

namespace OpenData.Tests.Gateway;

public sealed class EntryTests : IAsyncLifetime
{
    private static readonly string s_xml = string.Concat(Enumerable.Range(0, 20_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"<p num=\"{i:0000}\">一种装置，包括第{i}部分。</p>\n")));
    private static readonly byte[] s_image = RandomBytes(300_000);

    private GatewayHost _host = null!;
    private string _archive = "";

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync();
        SampleDelivery delivery = new SampleDelivery()
            .With("CN102015000163325A/CN102015000163325A.XML", s_xml)
            .With("CN102015000163325A/图 1、..jpg", s_image)
            .With("CN102015000163325A/100%25#?.txt", "odd name")
            .With("CN102015000163325A/empty", "");
        for (int i = 0; i < 2000; i++)
        {
            delivery.With(string.Create(CultureInfo.InvariantCulture, $"CN{i:0000}A/DOC00001.xml"), $"<doc>{i}</doc>");
        }
        await _host.PublishAsync(delivery);
        _archive = GatewayHost.PathOf(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_compressed_entry_comes_inflated_and_whole()
    {
        using HttpResponseMessage response = await _host.SendAsync(_archive + "/CN102015000163325A/CN102015000163325A.XML", null, "GET", ("Range", "bytes=5-9"));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.AcceptRanges.ShouldBe(["none"]);
        response.Headers.ETag!.Tag.ShouldBe($"\"{Sha256Digest.Of(Encoding.UTF8.GetBytes(s_xml))}\"");
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/xml");
        response.Content.Headers.ContentLength.ShouldBe(Encoding.UTF8.GetByteCount(s_xml));
        (await response.Content.ReadAsStringAsync()).ShouldBe(s_xml);
    }

    [Fact]
    public async Task A_stored_entry_is_a_file_like_any_other()
    {
        using HttpResponseMessage response = await _host.SendAsync(_archive + "/CN102015000163325A/" + Uri.EscapeDataString("图 1、..jpg"), null, "GET", ("Range", "bytes=100-199999"));
        response.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        response.Content.Headers.ContentDisposition!.FileNameStar.ShouldBe("图 1、..jpg");
        response.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        (await response.Content.ReadAsByteArrayAsync()).ShouldBe(s_image[100..200_000]);
    }

    [Fact]
    public async Task Every_one_of_thousands_is_found_and_none_that_is_not_there()
    {
        for (int i = 0; i < 2000; i += 37)
        {
            (await _host.Client.GetStringAsync(string.Create(CultureInfo.InvariantCulture, $"{_archive}/CN{i:0000}A/DOC00001.xml"))).ShouldBe($"<doc>{i}</doc>");
        }
        (await _host.ProblemAsync(_archive + "/CN0000A/DOC00002.xml")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await _host.ProblemAsync(_archive + "/")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await _host.ProblemAsync(_archive + "/%2e%2e/release.json/x")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_empty_entry_and_one_with_an_odd_name_are_there()
    {
        using HttpResponseMessage empty = await _host.SendAsync(_archive + "/CN102015000163325A/empty");
        empty.StatusCode.ShouldBe(HttpStatusCode.OK);
        empty.Content.Headers.ContentLength.ShouldBe(0);
        (await _host.Client.GetStringAsync(_archive + "/CN102015000163325A/" + Uri.EscapeDataString("100%25#?.txt"))).ShouldBe("odd name");
    }

    [Fact]
    public async Task HEAD_of_an_entry_tells_its_size()
    {
        using HttpResponseMessage response = await _host.SendAsync(_archive + "/CN102015000163325A/CN102015000163325A.XML", null, "HEAD");
        response.Content.Headers.ContentLength.ShouldBe(Encoding.UTF8.GetByteCount(s_xml));
    }

    [Fact]
    public async Task An_entry_whose_bytes_are_damaged_does_not_come_whole()
    {
        string stored = _host.StoredAt(GatewayHost.Release(), GatewayHost.Release().ArchiveName(1));
        byte[] bytes = await File.ReadAllBytesAsync(stored);
        for (int i = 0; i < bytes.Length; i += 1000)
        {
            bytes[i] ^= 0x40;
        }
        await File.WriteAllBytesAsync(stored, bytes);
        (await _host.ProblemAsync(_archive + "/CN102015000163325A/CN102015000163325A.XML")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(7).NextBytes(bytes);
        return bytes;
    }
}
