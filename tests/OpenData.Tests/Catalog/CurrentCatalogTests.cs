using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Server.Catalog;
using OpenData.Server.Scheduling;

namespace OpenData.Tests.Catalog;

public sealed class CurrentCatalogTests : IDisposable
{
    private readonly CatalogFolder _folder = new();

    [Fact]
    public void A_changed_catalog_is_taken_in_whole_and_told_to_whoever_listens()
    {
        CurrentCatalog current = Open();
        DatasetCatalog? told = null;
        current.Changed += catalog => told = catalog;
        _folder.Edit("tiers.yaml", "rate: 30 Mb/s", "rate: 40 Mb/s");

        current.Refresh().ShouldBeTrue();

        current.Current.Tiers["registered"].Rate.MegabitsPerSecond.ShouldBe(40);
        told.ShouldBe(current.Current);
        current.Refresh().ShouldBeFalse();
    }

    [Fact]
    public void A_broken_catalog_is_refused_and_the_last_good_one_stays()
    {
        CurrentCatalog current = Open();
        DatasetCatalog good = current.Current;
        _folder.Edit("tiers.yaml", "rate: 30 Mb/s", "rate: 40 Mb/s");
        _folder.Edit(CatalogFolder.Dataset, "access: registered", "access: everybody");

        current.Refresh().ShouldBeFalse();

        current.Current.ShouldBeSameAs(good);
        current.Refused.ShouldHaveSingleItem().File.ShouldBe(CatalogFolder.Dataset);

        _folder.Edit(CatalogFolder.Dataset, "access: everybody", "access: open");
        current.Refresh().ShouldBeTrue();
        current.Refused.ShouldBeEmpty();
        current.Current.Datasets["CN-PA-TXTS-10-A"].Access.ShouldBe(AccessLevel.Open);
        current.Current.Tiers["registered"].Rate.MegabitsPerSecond.ShouldBe(40);
    }

    [Fact]
    public void There_is_no_start_without_a_good_catalog()
    {
        File.Delete(Path.Combine(_folder.Root, "tiers.yaml"));

        Should.Throw<CatalogRefusedException>(Open).Message.ShouldContain("tiers.yaml");
    }

    public void Dispose() => _folder.Dispose();

    private CurrentCatalog Open() => new(_folder.Root, Schedules.CronFault, NullLogger<CurrentCatalog>.Instance);
}
