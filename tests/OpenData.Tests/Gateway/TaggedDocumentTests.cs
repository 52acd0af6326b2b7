using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OpenData.Format;
using OpenData.Server.Gateway;

namespace OpenData.Tests.Gateway;

/// <summary>What is sent of a document, and that it is the same bytes however long it is.</summary>
public sealed class TaggedDocumentTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(2000)]
    public async Task A_page_is_the_serializer_s_bytes_in_order(int changes)
    {
        FeedPage page = new(7, [.. Enumerable.Range(1, changes).Select(Change)], changes > 2 ? "/api/v1/changes?after=3&limit=3" : null);
        TaggedDocument document = TaggedDocument.OfJson(page, FormatJson.Default.FeedPage, TaggedDocument.AskAgain);

        byte[] expected = JsonSerializer.SerializeToUtf8Bytes(page, new FormatJson(new JsonSerializerOptions(FormatJson.Default.Options) { Encoder = TaggedDocument.JsonEncoder }).FeedPage);
        DefaultHttpContext http = new() { Response = { Body = new MemoryStream() } };
        http.Request.Method = "GET";
        await document.ExecuteAsync(http);

        ((MemoryStream)http.Response.Body).ToArray().ShouldBe(expected);
        http.Response.ContentLength.ShouldBe(expected.Length);
        document.Length.ShouldBe(expected.Length);
        document.Answer(null, null).Body.ShouldAllBe(piece => piece.Length <= 32 * 1024);
    }

    [Fact]
    public void Other_bytes_have_another_tag_wherever_they_differ()
    {
        string[] tags = [.. Enumerable.Range(0, 400).Select(i => TaggedDocument.OfJson(
            new FeedPage(7, [.. Enumerable.Range(1, 400).Select(serial => Change(serial == i ? 9999 : serial))], null), FormatJson.Default.FeedPage, TaggedDocument.AskAgain)
            .Answer(null, null).Fields.Single(field => field.Key == "ETag").Value)];
        tags.Distinct().Count().ShouldBe(tags.Length);
    }

    private static Change Change(int serial) => (serial % 3) switch
    {
        0 => new Change(serial, ChangeType.Published, "CN-PA-TXTS-10-A", "20240102", 1, DateTimeOffset.UnixEpoch.AddSeconds(serial)),
        1 => new Change(serial, ChangeType.Withdrawn, "CN-PA-TXTS-10-A", "2024专利", 2, DateTimeOffset.UnixEpoch.AddTicks(10 * serial), "撤回 <b>\"误\"</b> & \u0001 😀"),
        _ => new Change(serial, ChangeType.Superseded, "CN-PA-TXTS-10-A", "20240102", 1, DateTimeOffset.UnixEpoch, By: 2) { Changes = new RevisionChanges("r1", 1, 2, 3, "x.jsonl.gz") },
    };
}
