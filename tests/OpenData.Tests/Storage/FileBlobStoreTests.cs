using OpenData.Server.Storage;
using OpenData.Tests.Support;

namespace OpenData.Tests.Storage;

public sealed class FileBlobStoreTests : BlobStoreContract, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FileBlobStore store;

    public FileBlobStoreTests() => store = FileBlobStore.Open(folder.Path);

    protected override BlobStore Store => store;

    protected override Task<IReadOnlyList<string>> LeftoversAsync() => Task.FromResult<IReadOnlyList<string>>(Directory.GetFiles(folder[".writing"]));

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_open_reader_keeps_the_bytes_of_a_replaced_blob()
    {
        await WriteAsync(Key, Bytes(1000));
        await using BlobReader reader = (await store.OpenAsync(Key, CancellationToken.None))!;

        await WriteAsync(Key, Bytes(1000, seed: 2));
        await store.DeleteAsync(Key, CancellationToken.None);

        ShouldBeSame(await ReadAsync(reader, 0, 1000), Bytes(1000));
        reader.File.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_blob_can_be_opened_while_its_writer_is_not_yet_disposed()
    {
        await using BlobWriter writer = await store.CreateAsync(Key, CancellationToken.None);
        await writer.WriteAsync(Bytes(10), CancellationToken.None);
        await writer.CommitAsync(CancellationToken.None);

        ShouldBeSame(await ReadAsync(Key), Bytes(10));
    }

    [Fact]
    public async Task What_a_killed_process_left_is_cleared_at_start_and_what_a_living_one_writes_is_not()
    {
        await using BlobWriter living = await store.CreateAsync(Key, CancellationToken.None);
        await living.WriteAsync(Bytes(10), CancellationToken.None);
        File.WriteAllText(folder[".writing/0123456789abcdef"], "from a killed process");

        FileBlobStore.Open(folder.Path);

        Directory.GetFiles(folder[".writing"]).ShouldHaveSingleItem().ShouldNotEndWith("0123456789abcdef");
        await living.CommitAsync(CancellationToken.None);
        ShouldBeSame(await ReadAsync(Key), Bytes(10));
    }

    [Fact]
    public async Task A_file_that_was_cut_short_is_not_read_as_if_it_ended_there()
    {
        await WriteAsync(Key, Bytes(1000));
        await using BlobReader reader = (await store.OpenAsync(Key, CancellationToken.None))!;
        using (FileStream file = new(folder[Key.Path], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(500);
        }

        await Should.ThrowAsync<EndOfStreamException>(() => ReadAsync(reader, 0, 1000));
    }

    [Fact]
    public async Task Deleting_the_last_blob_of_a_folder_does_not_disturb_a_writer_into_it()
    {
        BlobKey[] keys = [.. Enumerable.Range(1, 4).Select(i => BlobKey.Of(Release, $"{i}.zip"))];
        await Task.WhenAll(keys.Select(key => Task.Run(async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                await WriteAsync(key, Bytes(10));
                await store.DeleteAsync(key, CancellationToken.None);
            }
        })));

        (await ListAsync()).ShouldBeEmpty();
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([folder[".writing"]]);
    }

    [Fact]
    public async Task Links_and_foreign_files_in_the_folder_are_not_listed()
    {
        await WriteAsync(Key, Bytes(10));
        File.WriteAllText(folder["datasets/README"], "not ours");
        File.CreateSymbolicLink(folder[Key.Path + "2"], folder[Key.Path]);
        Directory.CreateSymbolicLink(folder["datasets/LOOP"], folder["datasets"]);

        (await ListAsync()).ShouldHaveSingleItem().Key.ShouldBe(Key);
    }

    [Fact]
    public async Task A_probe_names_the_folder_that_is_gone()
    {
        Directory.Delete(folder[".writing"], recursive: true);

        BlobStoreUnavailableException error = await Should.ThrowAsync<BlobStoreUnavailableException>(() => store.ProbeAsync(CancellationToken.None));

        error.Message.ShouldContain(folder.Path);
        error.Message.ShouldContain("OpenData:Storage:Path");
    }

    [Fact]
    public void A_folder_that_cannot_be_made_stops_the_start()
    {
        File.WriteAllText(folder["file"], "");

        Should.Throw<BlobStoreUnavailableException>(() => FileBlobStore.Open(folder["file/below"])).Message.ShouldContain(folder["file/below"]);
    }

    [RootFact]
    public async Task A_full_disk_fails_the_write_with_the_folder_and_the_free_space_and_leaves_nothing()
    {
        await using (await Mount.TmpfsAsync(folder["small"], "1m"))
        {
            FileBlobStore small = FileBlobStore.Open(folder["small"]);
            await using (BlobWriter writer = await small.CreateAsync(Key, CancellationToken.None))
            {
                IOException error = await Should.ThrowAsync<IOException>(async () => await writer.WriteAsync(Bytes(2 << 20), CancellationToken.None));
                error.Message.ShouldContain(folder["small"]);
                error.Message.ShouldContain("bytes are free");
                await Should.ThrowAsync<BlobStoreUnavailableException>(() => small.ProbeAsync(CancellationToken.None));
            }

            Directory.GetFiles(folder["small/.writing"]).ShouldBeEmpty();
            (await small.OpenAsync(Key, CancellationToken.None)).ShouldBeNull();
            await small.ProbeAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_commit_that_fails_leaves_nothing()
    {
        Directory.CreateDirectory(folder[$"{Key.Path}/in the way"]);
        await using (BlobWriter writer = await store.CreateAsync(Key, CancellationToken.None))
        {
            await writer.WriteAsync(Bytes(10), CancellationToken.None);
            await Should.ThrowAsync<IOException>(() => writer.CommitAsync(CancellationToken.None));
        }

        (await LeftoversAsync()).ShouldBeEmpty();
        (await ListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_folder_below_folders_that_are_not_there_is_made()
    {
        FileBlobStore deep = FileBlobStore.Open(folder["a/b/c"]);

        await deep.ProbeAsync(CancellationToken.None);
        Directory.Exists(folder["a/b/c"]).ShouldBeTrue();
    }
}
