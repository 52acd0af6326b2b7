using System.Text;
using OpenData.Server.Sources;
using OpenData.Tests.Support;

namespace OpenData.Tests.Sources;

/// <summary>What every place of deliveries promises. One class for each kind runs it.</summary>
public abstract class SourceContract
{
    protected const string Place = "CN/CN-PA-TXTS-10-A";

    protected const string Ready = "READY";

    /// <summary>The dataset's place, with nothing in it yet.</summary>
    protected abstract Source Source { get; }

    /// <summary>Puts a file to the deliveries, at a path below <see cref="Place"/>.</summary>
    protected abstract Task PutAsync(string path, byte[] bytes);

    protected Task PutAsync(string path, string text = "") => PutAsync(path, Encoding.UTF8.GetBytes(text));

    protected static async Task<List<DeliveryFile>> ListAsync(Delivery delivery)
    {
        List<DeliveryFile> files = [];
        await foreach (DeliveryFile file in delivery.ListAsync(CancellationToken.None))
        {
            files.Add(file);
        }
        return [.. files.OrderBy(f => f.Name, StringComparer.Ordinal)];
    }

    protected static async Task<byte[]> ReadAsync(Stream stream)
    {
        await using (stream)
        {
            using MemoryStream all = new();
            await stream.CopyToAsync(all);
            return all.ToArray();
        }
    }

    protected async Task<Delivery> OpenAsync(string edition) => (await Source.OpenAsync(edition, CancellationToken.None)).ShouldNotBeNull();

    [ContractFact]
    public async Task A_place_where_nothing_was_delivered_yet_has_no_editions()
    {
        (await Source.ListEditionsAsync(CancellationToken.None)).ShouldBeEmpty();
        (await Source.OpenAsync("20240102", CancellationToken.None)).ShouldBeNull();
    }

    [ContractFact]
    public async Task An_edition_is_there_once_its_marker_is()
    {
        await PutAsync("20240105/a.xml", "a");
        await PutAsync("20240102/a.xml", "a");
        await PutAsync("20240102/READY");
        await PutAsync("20240109/below/READY");
        await PutAsync("README");

        (await Source.ListEditionsAsync(CancellationToken.None)).ShouldBe(["20240102"]);
        (await Source.OpenAsync("20240105", CancellationToken.None)).ShouldBeNull();
        (await Source.OpenAsync("20240109", CancellationToken.None)).ShouldBeNull();

        await PutAsync("20240105/READY");
        (await Source.ListEditionsAsync(CancellationToken.None)).ShouldBe(["20240102", "20240105"]);
        await using Delivery delivery = await OpenAsync("20240105");
        delivery.Edition.ShouldBe("20240105");
        delivery.ReadyAt.ShouldBe(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(5));
    }

    [ContractFact]
    public async Task Names_that_are_no_edition_ids_are_not_listed_and_not_opened()
    {
        foreach (string name in (string[])["latest", "with space", "20240102"])
        {
            await PutAsync(name + "/READY");
        }

        (await Source.ListEditionsAsync(CancellationToken.None)).ShouldBe(["20240102"]);
        foreach (string name in (string[])["latest", "with space", "..", ".", "", "../CN-PA-TXTS-10-A/20240102", "20240102/"])
        {
            (await Source.OpenAsync(name, CancellationToken.None)).ShouldBeNull(name);
        }
    }

    [ContractFact]
    public async Task Files_are_listed_with_their_paths_and_sizes_without_marker_and_authority_file()
    {
        (string Name, int Size)[] files =
        [
            ("a.xml", 0), ("b/c.xml", 1), ("b/d/e f.jpg", 1000), (".hidden", 3), ("b/.hidden/x", 4), ("b/READY", 5), ("b/AUTHORITY.csv", 6),
            ("発明/公報.xml", 7), ("e\u0301", 8), ("\u00e9", 9), ("100%25+&=#?", 10), ("ready", 11), ("back\\slash", 12), ("tab\tname", 13),
        ];
        foreach ((string name, int size) in files)
        {
            await PutAsync("20240102/" + name, new byte[size]);
        }
        await PutAsync("20240102/AUTHORITY.csv", "CN,1,A,20240102");
        await PutAsync("20240102/READY");
        await using Delivery delivery = await OpenAsync("20240102");

        (await ListAsync(delivery)).Select(f => (f.Name, (int)f.Size, f.Refusal)).ShouldBe(files.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => (f.Name, f.Size, (string?)null)));
        foreach (DeliveryFile file in await ListAsync(delivery))
        {
            (await ReadAsync(await delivery.OpenAsync(file, CancellationToken.None))).Length.ShouldBe((int)file.Size, file.Name);
        }
    }

    [ContractFact]
    public async Task A_file_is_read_as_it_was_delivered()
    {
        byte[] bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        await PutAsync("20240102/a/b.bin", bytes);
        await PutAsync("20240102/READY");
        await using Delivery delivery = await OpenAsync("20240102");

        byte[] read = await ReadAsync(await delivery.OpenAsync((await ListAsync(delivery)).ShouldHaveSingleItem(), CancellationToken.None));

        read.AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [ContractFact]
    public async Task A_small_file_is_read_whole_or_not_at_all()
    {
        byte[] bytes = new byte[70_000];
        new Random(1).NextBytes(bytes);
        await PutAsync("20240102/a/b/file.xml", bytes);
        await PutAsync("20240102/empty");
        await PutAsync("20240102/READY");
        await using Delivery delivery = await OpenAsync("20240102");
        byte[] to = new byte[100_000];

        delivery.Read(new DeliveryFile("a/b/file.xml", bytes.Length), to, CancellationToken.None);
        delivery.Read(new DeliveryFile("empty", 0), to.AsSpan(bytes.Length), CancellationToken.None);

        to.AsSpan(0, bytes.Length).SequenceEqual(bytes).ShouldBeTrue();
        foreach ((string name, int size) in ((string, int)[])[("a/b/file.xml", bytes.Length + 1), ("a/b/file.xml", bytes.Length - 1), ("empty", 1), ("gone", 0)])
        {
            Should.Throw<DeliveryChangedException>(() => delivery.Read(new DeliveryFile(name, size), to, CancellationToken.None)).Name.ShouldBe(name);
        }
    }

    [ContractFact]
    public async Task The_authority_file_is_opened_where_there_is_one()
    {
        await PutAsync("20240102/AUTHORITY.csv", "CN,1,A,20240102");
        await PutAsync("20240102/READY");
        await PutAsync("20240105/READY");

        await using Delivery with = await OpenAsync("20240102");
        Encoding.UTF8.GetString(await ReadAsync((await with.OpenAuthorityAsync(CancellationToken.None))!)).ShouldBe("CN,1,A,20240102");
        await using Delivery without = await OpenAsync("20240105");
        (await without.OpenAuthorityAsync(CancellationToken.None)).ShouldBeNull();
    }

    [ContractFact]
    public async Task A_file_that_is_not_as_it_was_listed_is_refused_by_name()
    {
        await PutAsync("20240102/a/b.xml", "12345");
        await PutAsync("20240102/READY");
        await using Delivery delivery = await OpenAsync("20240102");

        foreach (DeliveryFile other in (DeliveryFile[])[new("a/b.xml", 4), new("a/b.xml", 6), new("a/b.xml", 0), new("a/c.xml", 5), new("c/b.xml", 5), new("a", 5)])
        {
            DeliveryChangedException error = await Should.ThrowAsync<DeliveryChangedException>(
                async () => await ReadAsync(await delivery.OpenAsync(other, CancellationToken.None)), other.ToString());
            error.Name.ShouldBe(other.Name);
        }
    }

    [ContractFact]
    public async Task A_file_that_is_replaced_while_it_is_read_fails_or_stays_as_it_was()
    {
        byte[] before = [.. Enumerable.Repeat((byte)'a', 20_000_000)];
        await PutAsync("20240102/a.bin", before);
        await PutAsync("20240102/READY");
        await using Delivery delivery = await OpenAsync("20240102");
        await using Stream stream = await delivery.OpenAsync((await ListAsync(delivery)).ShouldHaveSingleItem(), CancellationToken.None);
        await stream.ReadExactlyAsync(new byte[100]);

        await PutAsync("20240102/a.bin", [.. Enumerable.Repeat((byte)'b', 20_000_000)]);

        try
        {
            (await ReadAsync(stream)).AsSpan().IndexOfAnyExcept((byte)'a').ShouldBe(-1);
        }
        catch (DeliveryChangedException error)
        {
            error.Name.ShouldBe("a.bin");
        }
    }
}
