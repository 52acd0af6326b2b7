using System.Globalization;
using System.Text;
using OpenData.Format;
using OpenData.Server.Gateway.Http;

namespace OpenData.Tests.Gateway.Http;

public class FileResponseTests
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    private static readonly FileFacts s_file = new(
        "CN-PA-TXTS-10-A_20240102_r1_001.zip",
        s_content.Length,
        Sha256Digest.Of(s_content),
        new DateTimeOffset(2024, 1, 2, 6, 30, 0, 999, TimeSpan.Zero),
        "application/zip",
        IsPublic: true,
        Describedby: "https://example.org/a.meta4");

    [Fact]
    public void A_whole_file_tells_all_that_is_known_of_it()
    {
        FileResponse response = FileResponse.Plan(new(false), s_file);
        response.Status.ShouldBe(200);
        response.ContentLength.ShouldBe(1000);
        Text(response).ShouldBe($"""
            ETag: "{s_file.Sha256}"
            Last-Modified: Tue, 02 Jan 2024 06:30:00 GMT
            Cache-Control: public, max-age=31536000, immutable
            Accept-Ranges: bytes
            Repr-Digest: sha-256=:{Convert.ToBase64String(s_file.Sha256.ToArray())}:
            Link: <https://example.org/a.meta4>; rel=describedby; type="application/metalink4+xml"
            Content-Disposition: attachment; filename="CN-PA-TXTS-10-A_20240102_r1_001.zip"
            X-Content-Type-Options: nosniff
            Content-Type: application/zip
            Content-Length: 1000
            """);
        Body(response).ShouldBe(s_content);
    }

    [Fact]
    public void HEAD_ignores_Range_and_says_what_GET_of_the_whole_would()
    {
        FileResponse head = FileResponse.Plan(new(true, Range: "bytes=0-1"), s_file);
        head.Status.ShouldBe(200);
        head.Body.ShouldBeEmpty();
        Text(head).ShouldBe(Text(FileResponse.Plan(new(false), s_file)));
    }

    [Fact]
    public void One_range_is_sent_bare()
    {
        FileResponse response = FileResponse.Plan(new(false, Range: "bytes=-10"), s_file);
        response.Status.ShouldBe(206);
        Text(response).ShouldContain("Content-Range: bytes 990-999/1000");
        Text(response).ShouldContain("Content-Length: 10");
        Text(response).ShouldContain("Repr-Digest: sha-256=");
        Body(response).ShouldBe(s_content[990..]);
    }

    [Fact]
    public void Several_ranges_are_framed_and_counted_to_the_byte()
    {
        FileResponse response = FileResponse.Plan(new(false, Range: "bytes=0-9,20-29,-1"), s_file);
        response.Status.ShouldBe(206);
        byte[] body = Body(response);
        body.Length.ShouldBe((int)response.ContentLength!.Value);
        Text(response).ShouldNotContain("Content-Range");
        string boundary = Text(response).Split("boundary=")[1].Split('\n')[0];
        Encoding.Latin1.GetString(body).ShouldBe(
            $"--{boundary}\r\nContent-Type: application/zip\r\nContent-Range: bytes 0-9/1000\r\n\r\n{Encoding.Latin1.GetString(s_content[..10])}"
            + $"\r\n--{boundary}\r\nContent-Type: application/zip\r\nContent-Range: bytes 20-29/1000\r\n\r\n{Encoding.Latin1.GetString(s_content[20..30])}"
            + $"\r\n--{boundary}\r\nContent-Type: application/zip\r\nContent-Range: bytes 999-999/1000\r\n\r\n{Encoding.Latin1.GetString(s_content[999..])}"
            + $"\r\n--{boundary}--\r\n");
    }

    [Fact]
    public void A_range_beyond_the_file_is_told_the_size()
    {
        FileResponse response = FileResponse.Plan(new(false, Range: "bytes=1000-"), s_file);
        response.Status.ShouldBe(416);
        Text(response).ShouldContain("Content-Range: bytes */1000");
        Text(response).ShouldNotContain("Cache-Control");
    }

    [Fact]
    public void A_client_that_has_the_file_gets_its_validators_and_no_body()
    {
        FileResponse response = FileResponse.Plan(new(false, IfNoneMatch: s_file.Sha256.ToETag(), Range: "bytes=0-1"), s_file);
        response.Status.ShouldBe(304);
        response.Body.ShouldBeEmpty();
        Text(response).ShouldContain("ETag: ");
        Text(response).ShouldContain("Cache-Control: ");
        Text(response).ShouldNotContain("Repr-Digest");
        Text(response).ShouldNotContain("Content-Length");
    }

    [Fact]
    public void What_is_not_for_everybody_is_kept_out_of_shared_caches()
    {
        string fields = Text(FileResponse.Plan(new(false), s_file with { IsPublic = false }));
        fields.ShouldContain("Cache-Control: private, max-age=31536000, immutable");
        fields.ShouldContain("Vary: Authorization");
    }

    [Fact]
    public void A_file_that_only_reads_from_its_beginning_has_no_ranges()
    {
        FileResponse response = FileResponse.Plan(new(false, Range: "bytes=5-9"), s_file with { Ranges = false });
        response.Status.ShouldBe(200);
        Text(response).ShouldContain("Accept-Ranges: none");
    }

    [Fact]
    public void An_empty_file_is_whole()
    {
        FileResponse response = FileResponse.Plan(new(false), s_file with { Bytes = 0 });
        response.Status.ShouldBe(200);
        response.Body.ShouldBeEmpty();
        response.ContentLength.ShouldBe(0);
    }

    [Theory]
    [InlineData("a.xml", "attachment; filename=\"a.xml\"")]
    [InlineData("生物 1.xml", "attachment; filename=\"__ 1.xml\"; filename*=UTF-8''%E7%94%9F%E7%89%A9%201.xml")]
    [InlineData("a\"b\r\n;.xml", "attachment; filename=\"a_b___.xml\"; filename*=UTF-8''a%22b%0D%0A%3B.xml")]
    public void A_name_cannot_break_out_of_its_field(string name, string expected) => ContentDisposition.Attachment(name).ShouldBe(expected);

    [Fact]
    public void A_hundred_thousand_hostile_requests_never_throw_and_never_lie_about_their_length()
    {
        Random random = new(20240102);
        string[] seeds =
        [
            "bytes=0-499", "bytes=-1", "bytes=0-0,-1", "items=0-5", "bytes=9223372036854775807-", "bytes=-9223372036854775808", "\"abc\"", "W/\"abc\"", "*",
            s_file.Sha256.ToETag(), "Tue, 02 Jan 2024 06:30:00 GMT", "Tue, 99 Jan 0000 99:99:99 GMT", "", ",", "\"", "\0", "\u00ff\ud800", new string(',', 500), new string('9', 500),
        ];
        for (int i = 0; i < 100_000; i++)
        {
            FileRequest request = new(random.Next(8) == 0, Hostile(), Hostile(), Hostile(), Hostile(), Hostile(), Hostile());
            FileResponse response = FileResponse.Plan(request, s_file);
            long body = response.Body.Sum(segment => segment.Literal.Length + segment.Range.Length);
            if (response.Status is 200 or 206)
            {
                body.ShouldBe(request.IsHead ? 0 : response.ContentLength!.Value);
                response.Body.ShouldAllBe(segment => segment.Range.Offset >= 0 && segment.Range.End <= s_file.Bytes);
            }
            else
            {
                response.Status.ShouldBeOneOf(304, 412, 416);
                body.ShouldBe(0);
            }
        }

        string? Hostile()
        {
            if (random.Next(3) == 0)
            {
                return null;
            }
            StringBuilder text = new(seeds[random.Next(seeds.Length)]);
            for (int edits = random.Next(4); edits > 0; edits--)
            {
                int at = random.Next(text.Length + 1);
                switch (random.Next(4))
                {
                    case 0:
                        text.Insert(at, (char)random.Next(0, random.Next(2) == 0 ? 128 : 65536));
                        break;
                    case 1:
                        text.Insert(at, "-,=\"*/ \t0123456789"[random.Next(18)]);
                        break;
                    case 2 when text.Length > 0:
                        text.Remove(random.Next(text.Length), 1);
                        break;
                    default:
                        text.Insert(at, seeds[random.Next(seeds.Length)]);
                        break;
                }
            }
            return text.ToString();
        }
    }

    private static string Text(FileResponse response) =>
        string.Join('\n', response.Fields.Select(field => string.Create(CultureInfo.InvariantCulture, $"{field.Key}: {field.Value}")));

    private static byte[] Body(FileResponse response) =>
        [.. response.Body.SelectMany(segment => segment.Range.Length > 0 ? s_content[(int)segment.Range.Offset..(int)segment.Range.End] : segment.Literal.ToArray())];
}
