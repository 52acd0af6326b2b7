using System.Text.Json;
using OpenData.Format;

namespace OpenData.Tests.Format;

public sealed class ManifestTests
{
    [Fact]
    public void A_manifest_has_the_fields_that_are_pinned_and_reads_back_alike()
    {
        Sha256Digest digest = Sha256Digest.Of("x"u8);
        Manifest manifest = new(
            "CN-PA-TXTS-10-A", "20240102", new DateOnly(2024, 1, 2), 2, new PackagerInfo("0.1.0", "libdeflate 1.14", 6), new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero),
            "r1", "20231229", 10, 20, 3000, new AuthorityResult(11, 10, ["CN1A"], [], 1), new SchemaName("s", "1"), "basic-data/1", new FindingCounts(1, 2, 3),
            [new ArchiveManifest("a.zip", 3000, digest, Pieces.Length, [digest], 20, 10, 9000, "a", "z")]);

        string json = JsonSerializer.Serialize(manifest, FormatJson.Default.Manifest);

        using JsonDocument document = JsonDocument.Parse(json);
        document.RootElement.EnumerateObject().Select(p => p.Name).ShouldBe([
            "dataset", "edition", "date", "revision", "packager", "publishedAt", "supersedes", "previous", "documents", "entries", "bytes", "authority", "schema", "terms", "findings", "archives"]);
        document.RootElement.GetProperty("archives")[0].EnumerateObject().Select(p => p.Name).ShouldBe([
            "name", "bytes", "sha256", "pieceLength", "pieces", "entries", "documents", "uncompressedBytes", "first", "last"]);
        document.RootElement.GetProperty("publishedAt").GetString().ShouldBe("2024-01-02T03:04:05+00:00");
        document.RootElement.GetProperty("date").GetString().ShouldBe("2024-01-02");
        document.RootElement.GetProperty("archives")[0].GetProperty("sha256").GetString().ShouldBe(digest.ToString());
        JsonSerializer.Serialize(JsonSerializer.Deserialize(json, FormatJson.Default.Manifest), FormatJson.Default.Manifest).ShouldBe(json);
    }

    [Fact]
    public void A_change_is_told_in_kebab_case_without_what_it_does_not_have()
    {
        FeedPage page = new(7, [new Change(7, ChangeType.DatasetChanged, "CN-A", null, null, DateTimeOffset.UnixEpoch)], null);

        JsonSerializer.Serialize(page, FormatJson.Default.FeedPage)
            .ShouldBe("""{"head":7,"items":[{"serial":7,"type":"dataset-changed","dataset":"CN-A","at":"1970-01-01T00:00:00+00:00"}]}""");
    }
}
