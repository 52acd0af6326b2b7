using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Releases;
using OpenData.Tests.Support;

namespace OpenData.Tests.Releases;

public sealed class DatasetNewsTests
{
    private static readonly Dataset s_dataset = ReleaseHouse.Dataset("CN-TEST");

    [Theory, OnSqlite, OnPostgres]
    public async Task A_changed_description_is_told_once_whichever_nodes_take_it_in(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        await TellAsync(house, s_dataset);
        (await ChangesAsync(house)).ShouldBeEmpty("what is seen for the first time is no news");

        Dataset changed = s_dataset with { Access = AccessLevel.Open };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => TellAsync(house, changed, ReleaseHouse.Dataset("CN-OTHER")))));

        Change change = (await ChangesAsync(house)).ShouldHaveSingleItem();
        (change.Type, change.Dataset, change.Edition, change.Revision).ShouldBe((ChangeType.DatasetChanged, "CN-TEST", null, null));
        await TellAsync(house, s_dataset);
        (await ChangesAsync(house)).Count.ShouldBe(2, "an edit that is undone is another one");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task What_no_reader_is_told_of_is_no_news(DatabaseKind kind)
    {
        await using ReleaseHouse house = await ReleaseHouse.CreateAsync(kind);
        await TellAsync(house, s_dataset);

        await TellAsync(house, s_dataset with { Source = s_dataset.Source with { Path = "CN/elsewhere" }, Hold = new HoldRules(Documents: 0.1), Package = s_dataset.Package with { VolumeBytes = 1 << 20 } });

        (await ChangesAsync(house)).ShouldBeEmpty();
    }

    private static async Task TellAsync(ReleaseHouse house, params Dataset[] datasets)
    {
        ReleaseNode node = house.NodeAt(TimeSpan.Zero);
        using DatasetNews news = new(house.Sql, node.Feed, node.Catalog, TimeProvider.System, NullLogger<DatasetNews>.Instance);
        await news.TellAsync(datasets, CancellationToken.None);
    }

    private static Task<IReadOnlyList<Change>> ChangesAsync(ReleaseHouse house) => house.Node.Feed.AfterAsync(0, 10, CancellationToken.None);
}
