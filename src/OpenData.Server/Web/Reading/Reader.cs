using System.Collections.Frozen;
using System.Globalization;
using OpenData.Format;
using OpenData.Server.Packaging;

namespace OpenData.Server.Web.Reading;

/// <summary>Who reads a page: texts, dates, numbers and sizes in the form that they know.</summary>
public sealed class Reader
{
    private static readonly Reader s_english = new(SiteLanguage.En);
    private static readonly Reader s_chinese = new(SiteLanguage.Zh);

    private readonly FrozenDictionary<string, string> _texts;

    private Reader(SiteLanguage language)
    {
        Language = language;
        Culture = language.Culture();
        _texts = SiteText.Of(language);
    }

    /// <summary>The language.</summary>
    public SiteLanguage Language { get; }

    /// <summary>How numbers and dates are written.</summary>
    public CultureInfo Culture { get; }

    /// <summary>True for Chinese.</summary>
    public bool IsChinese => Language is SiteLanguage.Zh;

    /// <summary>A text of the site.</summary>
    /// <exception cref="KeyNotFoundException">There is none of this name: a fault of the page, which its tests find.</exception>
    public string this[string name] => _texts.TryGetValue(name, out string? text) ? text : throw new KeyNotFoundException($"The site has no text '{name}'.");

    /// <summary>The readers of a language.</summary>
    public static Reader Of(SiteLanguage language) => language is SiteLanguage.Zh ? s_chinese : s_english;

    /// <summary>A text of the site with its places filled; numbers are written as the language does.</summary>
    public string Text(string name, params ReadOnlySpan<object?> values) => string.Format(Culture, this[name], values);

    /// <summary>A text of the site by a word of the catalog, or the word itself where the catalog has more words than the site.</summary>
    public string Word(string group, string word) => _texts.GetValueOrDefault($"{group}.{word}", word);

    /// <summary>A place in a file, such as <c>line 3, byte 7</c>, as the reader says it.</summary>
    public string? Place(string? place) => IsChinese && place is not null && Phrases.Known(place) is Sentence known ? known.Say(inChinese: true) : place;

    /// <summary>The reader's side of a text of the catalog.</summary>
    public string Of(LocalizedText text) => IsChinese ? text.Zh : text.En;

    /// <summary><c>2 Jan 2024</c>, <c>2024年1月2日</c>.</summary>
    public string Day(DateOnly day) => day.ToString(IsChinese ? "yyyy'年'M'月'd'日'" : "d MMM yyyy", Culture);

    /// <summary>The day with its weekday.</summary>
    public string DayOfWeek(DateOnly day) => day.ToString(IsChinese ? "yyyy'年'M'月'd'日' ddd" : "ddd d MMM yyyy", Culture);

    /// <summary><c>Jan 2024</c>, <c>2024年1月</c>.</summary>
    public string Month(DateOnly month) => month.ToString(IsChinese ? "yyyy'年'M'月'" : "MMM yyyy", Culture);

    /// <summary><c>2 Jan 2024 06:30 UTC+8</c> in a time zone; a line may end after the day, not within the time.</summary>
    public string Moment(DateTimeOffset moment, TimeZoneInfo zone) => In(zone, moment, "HH:mm");

    /// <summary>The same to the second, <c>2 Jan 2024 06:30:05 UTC+8</c>.</summary>
    public string Second(DateTimeOffset moment, TimeZoneInfo zone) => In(zone, moment, "HH:mm:ss");

    private string In(TimeZoneInfo zone, DateTimeOffset moment, string time)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(moment, zone);
        return $"{Day(DateOnly.FromDateTime(local.DateTime))} {local.ToString(time, CultureInfo.InvariantCulture)}\u00a0{Offset(local)}";
    }

    /// <summary>How far a time is from UTC: <c>UTC</c>, <c>UTC+8</c>.</summary>
    public static string Offset(DateTimeOffset local)
    {
        double hours = local.Offset.TotalHours;
        return hours == 0 ? "UTC" : string.Create(CultureInfo.InvariantCulture, $"UTC{hours:+0.##;-0.##}");
    }

    /// <summary>Three figures and a decimal unit: <c>1.23 MB</c>.</summary>
    public string Size(long bytes) => ByteCount.Format(bytes).Replace(' ', '\u00a0');

    /// <summary><c>1,234</c>.</summary>
    public string Count(long number) => number.ToString("N0", Culture);

    /// <summary><c>30 Mb/s</c>, rounded to three figures.</summary>
    public string Rate(ByteRate rate)
    {
        double megabits = rate.MegabitsPerSecond;
        return megabits.ToString(megabits >= 99.95 ? "#,0" : megabits >= 9.995 ? "0.#" : "0.##", Culture) + "\u00a0Mb/s";
    }

    /// <summary>A change as a signed percentage, <c>+3.1 %</c>; "–" where there was nothing before.</summary>
    public string Change(long before, long after) => before == 0
        ? "–"
        : ((double)(after - before) / before).ToString(Math.Abs(after - before) < before ? "+0.0 %;−0.0 %;±0 %" : "+0 %;−0 %;±0 %", Culture);
}
