using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Sources;
using OpenData.Tests.Support;

namespace OpenData.Tests.Sources;

public sealed class DirectorySourceTests : SourceContract, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public DirectorySourceTests() =>
        Source = SourceFactoryFixture.Factory(new SourcesOptions { Root = folder.Path }).For(SourceFactoryFixture.Dataset(SourceKind.Directory, Place));

    protected override Source Source { get; }

    protected override async Task PutAsync(string path, byte[] bytes)
    {
        string file = folder[$"{Place}/{path}"];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, bytes);
    }

    public void Dispose()
    {
        Shell("chmod -R u+rwx .; find . -mindepth 1 -delete"); // names of bytes are beyond the framework
        folder.Dispose();
    }

    private void Shell(string script)
    {
        using Process bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = folder.Path })!;
        bash.WaitForExit();
        bash.ExitCode.ShouldBe(0, script);
    }

    private async Task<Delivery> DeliverAsync(string script)
    {
        await PutAsync("20240102/READY");
        Shell($"cd {Place}/20240102 && {script}");
        return await OpenAsync("20240102");
    }

    [Fact]
    public async Task What_is_not_a_regular_file_is_named_with_the_reason_and_never_opened()
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await PutAsync("20240102/file");
        socket.Bind(new UnixDomainSocketEndPoint(folder[$"{Place}/20240102/socket"]));
        await using Delivery delivery = await DeliverAsync("mkfifo fifo && ln -s file link && ln -s nowhere broken && ln -s / all && mkdir real && ln -s real loop && touch real/file");

        List<DeliveryFile> files = await ListAsync(delivery);

        files.Select(f => (f with { ModifiedAt = null }).ToString()).ShouldBe(
        [
            new DeliveryFile("all", 0, "it is a symbolic link").ToString(),
            new DeliveryFile("broken", 0, "it is a symbolic link").ToString(),
            new DeliveryFile("fifo", 0, "it is a FIFO").ToString(),
            new DeliveryFile("file", 0).ToString(),
            new DeliveryFile("link", 0, "it is a symbolic link").ToString(),
            new DeliveryFile("loop", 0, "it is a symbolic link").ToString(),
            new DeliveryFile("real/file", 0).ToString(),
            new DeliveryFile("socket", 0, "it is a socket").ToString(),
        ]);
        foreach (DeliveryFile file in files.Where(f => f.Refusal is not null))
        {
            await Should.ThrowAsync<ArgumentException>(() => delivery.OpenAsync(file, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_file_that_turned_into_something_else_after_it_was_listed_is_neither_opened_nor_waited_for()
    {
        await PutAsync("20240102/a/file", "12345");
        await using Delivery delivery = await DeliverAsync("true");
        DeliveryFile file = (await ListAsync(delivery)).ShouldHaveSingleItem();

        foreach (string turn in (string[])["rm a/file; mkfifo a/file", "rm a/file; echo 1234 > b; ln -s ../b a/file", "rm -r a; mkdir c; cp b c/file; ln -s c a"])
        {
            Shell($"cd {Place}/20240102 && {turn}");

            await Should.ThrowAsync<DeliveryChangedException>(() => delivery.OpenAsync(file, CancellationToken.None), turn);
            Should.Throw<DeliveryChangedException>(() => delivery.Read(file, new byte[10], CancellationToken.None), turn);
        }
    }

    [Fact]
    public async Task A_marker_or_authority_file_that_is_a_link_or_a_FIFO_does_not_count()
    {
        Directory.CreateDirectory(folder[$"{Place}/20240102"]);
        Shell($"cd {Place}/20240102 && touch real && ln -s real READY && mkfifo AUTHORITY.csv");
        (await Source.ListEditionsAsync(CancellationToken.None)).ShouldBeEmpty();
        (await Source.OpenAsync("20240102", CancellationToken.None)).ShouldBeNull();

        Shell($"cd {Place}/20240102 && rm READY && touch READY");
        await using Delivery delivery = await OpenAsync("20240102");
        (await delivery.OpenAuthorityAsync(CancellationToken.None)).ShouldBeNull();
        (await ListAsync(delivery)).ShouldContain(new DeliveryFile("AUTHORITY.csv", 0, "it is a FIFO"));
    }

    [Fact]
    public async Task Names_that_are_not_UTF_8_are_seen_and_named()
    {
        await using Delivery delivery = await DeliverAsync("""mkdir $'d\xff' && touch $'d\xff/x' && echo 123 > $'caf\xe9.xml'""");

        List<DeliveryFile> files = await ListAsync(delivery);

        files.Select(f => f.Refusal).ShouldBe(["its name is not valid UTF-8: the bytes 636166e92e786d6c", "its name is not valid UTF-8: the bytes 64ff"]);
        files.ShouldAllBe(f => EntryName.Fault(f.Name) != null);
    }

    [Fact]
    public async Task An_edition_that_is_a_link_is_passed_over_and_told_once()
    {
        await PutAsync("20240102/READY");
        await PutAsync("bad name/READY");
        Shell($"cd {Place} && ln -s 20240102 20240105");
        List<string> log = [];
        using ILoggerFactory loggers = LoggerFactory.Create(b => b.AddProvider(new ListLogger(log)));
        using SourceFactory factory = SourceFactoryFixture.Factory(new SourcesOptions { Root = folder.Path }, loggers);

        for (int look = 0; look < 3; look++)
        {
            Source source = factory.For(SourceFactoryFixture.Dataset(SourceKind.Directory, Place));
            (await source.ListEditionsAsync(CancellationToken.None)).ShouldBe(["20240102"]);
            (await source.OpenAsync("20240105", CancellationToken.None)).ShouldBeNull();
        }

        log.Count.ShouldBe(2);
        log.ShouldContain(line => line.Contains("'20240105'") && line.Contains("it is a symbolic link"));
        log.ShouldContain(line => line.Contains("'bad name'") && line.Contains("is not an edition id"));
    }

    [Fact]
    public async Task A_file_that_shrinks_grows_or_is_written_to_while_it_is_read_fails()
    {
        foreach (string change in (string[])["truncate -s 500000 a", "echo >> a", "printf b | dd of=a bs=1 seek=900000 conv=notrunc status=none"])
        {
            await PutAsync("20240102/a", new byte[1_000_000]);
            await using Delivery delivery = await DeliverAsync("touch -d '2024-01-01 00:00:00' a");
            await using Stream stream = await delivery.OpenAsync((await ListAsync(delivery)).ShouldHaveSingleItem(), CancellationToken.None);
            await stream.ReadExactlyAsync(new byte[1000]);

            Shell($"cd {Place}/20240102 && {change}");

            (await Should.ThrowAsync<DeliveryChangedException>(() => ReadAsync(stream), change)).Name.ShouldBe("a");
        }
    }

    [Fact]
    public async Task Folders_nested_without_end_are_refused_by_name()
    {
        await using Delivery delivery = await DeliverAsync("mkdir -p $(printf 'd/%.0s' {1..200}) && touch $(printf 'd/%.0s' {1..63})deepest");

        List<DeliveryFile> files = await ListAsync(delivery);

        files.Count.ShouldBe(2);
        files.ShouldContain(f => f.Name.EndsWith("/deepest") && f.Refusal == null);
        files.ShouldContain(f => f.Refusal != null);
    }

    [Fact]
    public async Task A_delivery_of_many_files_is_listed_in_flat_memory()
    {
        await using Delivery delivery = await DeliverAsync("for d in {1..20}; do mkdir $d; (cd $d; touch {1..1000}); done");
        List<WeakReference> names = [];
        int alive = 0;

        await foreach (DeliveryFile file in delivery.ListAsync(CancellationToken.None))
        {
            names.Add(new WeakReference(file.Name));
            if (names.Count == 20_000)
            {
                GC.Collect();
                alive = names.Count(name => name.IsAlive);
            }
        }

        names.Count.ShouldBe(20_000);
        alive.ShouldBeLessThan(2_000); // the folder that is being read, not the delivery
    }

    [Fact]
    public async Task A_root_that_is_not_there_is_named()
    {
        Source source = SourceFactoryFixture.Factory(new SourcesOptions { Root = folder["gone"] }).For(SourceFactoryFixture.Dataset(SourceKind.Directory, Place));

        SourceUnavailableException error = await Should.ThrowAsync<SourceUnavailableException>(() => source.ListEditionsAsync(CancellationToken.None));
        error.Message.ShouldContain(folder["gone"]);
        error.Message.ShouldContain("OpenData:Sources:Root");
        await Should.ThrowAsync<SourceUnavailableException>(() => source.OpenAsync("20240102", CancellationToken.None));
    }

    private sealed class ListLogger(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
