using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using OpenData.Format;
using OpenData.Server.Catalog;
using OpenData.Server.Web.Reading;

namespace OpenData.Tests.Web;

/// <summary>Languages, and things in the reader's form.</summary>
public sealed class ReadingTests
{
    private static readonly Reader English = Reader.Of(SiteLanguage.En);
    private static readonly Reader Chinese = Reader.Of(SiteLanguage.Zh);

    [Theory]
    [InlineData("zh-CN,zh;q=0.9,en;q=0.8", SiteLanguage.Zh)]
    [InlineData("en-US,en;q=0.9,zh;q=0.8", SiteLanguage.En)]
    [InlineData("en;q=0.3,zh-TW;q=0.7", SiteLanguage.Zh)]
    [InlineData("fr,zh;q=0", SiteLanguage.En)]
    [InlineData("fr-FR,de;q=0.5", SiteLanguage.En)]
    [InlineData("", SiteLanguage.En)]
    [InlineData(";;;q=x,\0", SiteLanguage.En)]
    public void The_browser_prefers_a_language(string accepted, SiteLanguage language)
    {
        DefaultHttpContext http = new();
        http.Request.Headers.AcceptLanguage = accepted;
        LanguageChoice.Of(http.Request).ShouldBe(language);
    }

    [Fact]
    public void A_choice_in_the_address_wins_over_the_one_before_and_that_over_the_browser()
    {
        DefaultHttpContext http = new();
        http.Request.Headers.AcceptLanguage = "en";
        http.Request.Headers.Cookie = "lang=zh";
        LanguageChoice.Of(http.Request).ShouldBe(SiteLanguage.Zh);
        http.Request.QueryString = new QueryString("?lang=en");
        LanguageChoice.Of(http.Request).ShouldBe(SiteLanguage.En);
        http.Request.QueryString = new QueryString("?lang=<script>");
        LanguageChoice.Of(http.Request).ShouldBe(SiteLanguage.Zh);
    }

    [Fact]
    public void Every_text_is_there_in_both_languages_with_the_same_places()
    {
        SiteText.Of(SiteLanguage.Zh).Keys.Order().ShouldBe(SiteText.Of(SiteLanguage.En).Keys.Order());
        foreach ((string name, string text) in SiteText.Of(SiteLanguage.En))
        {
            Places(SiteText.Of(SiteLanguage.Zh)[name]).ShouldBe(Places(text), name);
        }
        static IEnumerable<string> Places(string text) => Regex.Matches(text, @"\{\d", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(match => match.Value).Distinct().Order();
    }

    [Fact]
    public void Every_word_of_the_catalog_has_a_text()
    {
        (DatasetCatalog? catalog, _) = CatalogFiles.Load(Path.Combine(AppContext.BaseDirectory, "catalog"), _ => null);
        foreach (Dataset dataset in catalog.ShouldNotBeNull().Datasets.Values)
        {
            foreach ((string group, string word) in (ReadOnlySpan<(string, string)>)[("Content", dataset.Content), ("Jurisdiction", dataset.Jurisdiction), ("Category", dataset.Category), ("Provenance", dataset.Provenance)])
            {
                English.Word(group, word).ShouldNotBe(word, dataset.Code);
                Chinese.Word(group, word).ShouldNotBe(word, dataset.Code);
            }
            catalog.ManualOf(dataset).ShouldNotBeNull(dataset.Code);
            catalog.FieldsOf(dataset).ShouldNotBeEmpty(dataset.Code);
        }
        catalog.Manuals.ShouldContainKey(Manual.Guide);
    }

    [Fact]
    public void Dates_sizes_and_rates_are_in_the_readers_form()
    {
        English.Day(new DateOnly(2024, 1, 2)).ShouldBe("2 Jan 2024");
        Chinese.Day(new DateOnly(2024, 1, 2)).ShouldBe("2024年1月2日");
        TimeZoneInfo shanghai = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");
        English.Moment(new DateTimeOffset(2024, 1, 1, 22, 30, 0, TimeSpan.Zero), shanghai).ShouldBe("2 Jan 2024 06:30\u00a0UTC+8");
        Chinese.Second(new DateTimeOffset(2024, 1, 1, 22, 30, 5, TimeSpan.Zero), shanghai).ShouldBe("2024年1月2日 06:30:05\u00a0UTC+8");
        English.Month(new DateOnly(2024, 1, 1)).ShouldBe("Jan 2024");
        Chinese.Month(new DateOnly(2024, 1, 1)).ShouldBe("2024年1月");
        English.Size(5_020_000_000).ShouldBe("5.02\u00a0GB");
        English.Rate(ByteRate.FromMegabits(29.96)).ShouldBe("30\u00a0Mb/s");
        English.Rate(ByteRate.FromMegabits(10_000)).ShouldBe("10,000\u00a0Mb/s");
        English.Change(200, 206).ShouldBe("+3.0 %");
        English.Change(200, 194).ShouldBe("−3.0 %");
        English.Change(0, 5).ShouldBe("–");
    }

    [Theory]
    [InlineData("0 30 6 ? * TUE,FRI", "Tue, Fri", "每周二、五")]
    [InlineData("0 12 6 ? * THU", "Thu", "每周四")]
    [InlineData("0 12 7 5 * ?", "monthly, day 5", "每月5日")]
    [InlineData("0 15 7 15 3 ?", "yearly, March", "每年三月")]
    [InlineData("0 30 5 * * ?", "irregular", "不定期")]
    public void A_schedule_is_told_in_words(string cron, string english, string chinese)
    {
        Cadence cadence = Cadence.Of(new DatasetSchedule(cron, TimeZoneInfo.Utc, TimeSpan.FromDays(1)));
        cadence.Text(English).ShouldBe(english);
        cadence.Text(Chinese).ShouldBe(chinese);
    }
}
