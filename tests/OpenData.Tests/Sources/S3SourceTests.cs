using Amazon.S3.Model;
using OpenData.Server.Catalog;
using OpenData.Server.Sources;
using OpenData.Tests.Support;

namespace OpenData.Tests.Sources;

[NeedsCeph]
public sealed class S3SourceTests(CephServer ceph) : SourceContract, IClassFixture<CephServer>, IAsyncLifetime
{
    protected override Source Source { get; } = SourceOf(new SourcesOptions { S3 = ceph.Options });

    private static Source SourceOf(SourcesOptions options) =>
        TestServers.NoCeph is null ? SourceFactoryFixture.Factory(options).For(SourceFactoryFixture.Dataset(SourceKind.S3, Place)) : null!;

    protected override async Task PutAsync(string path, byte[] bytes) =>
        await ceph.Client.PutObjectAsync(
            new PutObjectRequest { BucketName = ceph.Options.Bucket, Key = $"{Place}/{path}", InputStream = new MemoryStream(bytes), UseChunkEncoding = false });

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => ceph.ClearAsync();

    [CephFact]
    public async Task Names_that_no_file_system_holds_are_listed_as_they_are()
    {
        string[] names = ["../up", "a//b", "/absolute", "control\u0001", "line\nbreak", "a/./b"];
        foreach (string name in names)
        {
            await PutAsync("20240102/" + name, "x");
        }
        await PutAsync("20240102/READY");
        await using Delivery delivery = await OpenAsync("20240102");

        (await ListAsync(delivery)).Select(f => f.Name).ShouldBe(names.Order(StringComparer.Ordinal));
    }

    [CephFact]
    public async Task Empty_objects_that_stand_for_folders_are_no_files()
    {
        await PutAsync("20240102/");
        await PutAsync("20240102/folder/");
        await PutAsync("20240102/folder/file", "x");
        await PutAsync("20240102/READY");
        await using Delivery delivery = await OpenAsync("20240102");

        (await ListAsync(delivery)).Select(f => f.Name).ShouldBe(["folder/file"]);
    }

    [CephFact]
    public async Task More_files_than_a_page_holds_are_listed()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 1100), async (i, _) => await PutAsync($"20240102/{i:0000}"));
        await PutAsync("20240102/READY");
        await using Delivery delivery = await OpenAsync("20240102");

        (await ListAsync(delivery)).Count.ShouldBe(1100);
    }

    [CephFact]
    public async Task A_missing_bucket_is_named()
    {
        Source source = SourceOf(new SourcesOptions { S3 = ceph.Options with { Bucket = "no-such-bucket" } });

        SourceUnavailableException error = await Should.ThrowAsync<SourceUnavailableException>(() => source.ListEditionsAsync(CancellationToken.None));
        error.Message.ShouldContain("no-such-bucket");
        error.Message.ShouldContain("OpenData:Sources:S3:Bucket");
        await Should.ThrowAsync<SourceUnavailableException>(() => source.OpenAsync("20240102", CancellationToken.None));
    }
}
