using OpenData.Server.Catalog;
using OpenData.Server.Web.Find;

namespace OpenData.Tests.Web;

/// <summary>Finding datasets by words of either language.</summary>
public sealed class DatasetSearchTests
{
    private static readonly DatasetCatalog Catalog = CatalogFiles.Load(Path.Combine(AppContext.BaseDirectory, "catalog"), _ => null).Catalog!;
    private static readonly DatasetSearch Search = new(Catalog);

    [Theory]
    [InlineData("法律", "CN-PA-PRSS-10")]
    [InlineData("引文", "CN-PA-CITS-10")]
    [InlineData("布图设计终止", "CN-IC-TERM")]
    [InlineData("legal status", "EP-PA-PRSO-FILE")]
    [InlineData("Full TEXT japan", "JP-PA-TXTO-10-A")]
    [InlineData("cn-pa-txts", "CN-PA-TXTS-20-U")]
    [InlineData("ｆｕｌｌ　ｔｅｘｔ", "US-PA-TXTO-10-B")]
    [InlineData("(54)", "KR-PA-BIBO-30-S")]
    [InlineData("洛迦诺", "CN-PA-BIBS-DRWS-30-S")]
    [InlineData("us-patent-grant", "US-PA-TXTO-10-B")]
    public void A_dataset_is_found_by_its_code_name_words_and_fields(string question, string code) => Search.Find(question).Keys.ShouldContain(code);

    [Theory]
    [InlineData("日本全文文本", "JP-PA-TXTO-10-A")]
    [InlineData("专利法律状态数据欧洲", "EP-PA-PRSO-FILE")]
    public void Chinese_words_that_are_written_together_are_found_apart(string question, string code) => Search.Find(question).Keys.ShouldContain(code);

    [Fact]
    public void All_words_must_be_there()
    {
        Search.Find("引文 japan").ShouldBeEmpty();
        Search.Find("<script>alert(1)</script>").ShouldBeEmpty();
        Search.Find("' OR 1=1 --").ShouldBeEmpty();
        Search.Find("\ud83d").ShouldBeEmpty();
        Search.Find("  ,  ").ShouldBeEmpty();
    }

    [Fact]
    public void A_word_in_the_name_weighs_more_than_one_in_the_fields()
    {
        IReadOnlyDictionary<string, int> found = Search.Find("引文");
        found.MaxBy(pair => pair.Value).Key.ShouldBe("CN-PA-CITS-10");
    }
}
