using System.Globalization;
using OpenData.Server.Catalog;

namespace OpenData.Server.Web.Reading;

/// <summary>How often a dataset comes, in words: read from the day fields of its Quartz expression, as far as catalogs use them.</summary>
public readonly record struct Cadence
{
    private static readonly string[] s_days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private readonly CadenceKind _kind;
    private readonly DayOfWeek[] _days;
    private readonly int _day;
    private readonly int _month;

    private Cadence(CadenceKind kind, DayOfWeek[]? days = null, int day = 0, int month = 0)
    {
        (_kind, _days, _day, _month) = (kind, days ?? [], day, month);
    }

    /// <summary>What kind.</summary>
    public CadenceKind Kind => _kind;

    /// <summary>True where an edition is owed on known days, so that a missing one can be told from one that never was.</summary>
    public bool IsRegular => _kind is not CadenceKind.Irregular;

    /// <summary>Reads a schedule. One that looks every day is irregular: it looks because nobody knows when something comes.</summary>
    public static Cadence Of(DatasetSchedule schedule)
    {
        string[] cron = schedule.Cron.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (cron.Length < 6)
        {
            return new Cadence(CadenceKind.Irregular);
        }
        DayOfWeek[] days = [.. cron[5].Split(',').Select(day => Array.IndexOf(s_days, day)).Where(index => index >= 0).Select(index => (DayOfWeek)index)];
        if (days.Length > 0)
        {
            return new Cadence(CadenceKind.Weekly, days);
        }
        if (!int.TryParse(cron[3], NumberStyles.None, CultureInfo.InvariantCulture, out int dayOfMonth))
        {
            return new Cadence(CadenceKind.Irregular);
        }
        return int.TryParse(cron[4], NumberStyles.None, CultureInfo.InvariantCulture, out int month)
            ? new Cadence(CadenceKind.Yearly, null, dayOfMonth, month)
            : new Cadence(CadenceKind.Monthly, null, dayOfMonth);
    }

    /// <summary><c>Tue, Fri</c>; <c>monthly, 5th</c> …</summary>
    public string Text(Reader reader)
    {
        switch (_kind)
        {
            case CadenceKind.Weekly:
                DateTimeFormatInfo names = reader.Culture.DateTimeFormat;
                return reader.IsChinese
                    ? "每" + string.Join("、", _days.Select((day, i) => names.GetAbbreviatedDayName(day)[(i == 0 ? 0 : 1)..]))
                    : string.Join(", ", _days.Select(names.GetAbbreviatedDayName));
            case CadenceKind.Monthly:
                return reader.Text("Cadence.Monthly", _day);
            case CadenceKind.Yearly:
                return reader.Text("Cadence.Yearly", reader.Culture.DateTimeFormat.GetMonthName(_month));
            default:
                return reader["Cadence.Irregular"];
        }
    }

    /// <summary>True where an edition is owed on this day. Irregular datasets owe none.</summary>
    public bool Owes(DateOnly day) => _kind switch
    {
        CadenceKind.Weekly => _days.Contains(day.DayOfWeek),
        CadenceKind.Monthly => day.Day == _day,
        CadenceKind.Yearly => day.Day == _day && day.Month == _month,
        _ => false,
    };

    /// <summary>As schema.org and DCAT name it (ISO 8601 period); null where there is none.</summary>
    public string? Period => _kind switch
    {
        CadenceKind.Weekly => _days.Length > 1 ? "P3.5D" : "P1W",
        CadenceKind.Monthly => "P1M",
        CadenceKind.Yearly => "P1Y",
        _ => null,
    };
}

/// <summary>Kinds of cadence.</summary>
public enum CadenceKind
{
    /// <summary>On no known day.</summary>
    Irregular,

    /// <summary>On certain days of each week.</summary>
    Weekly,

    /// <summary>On a day of each month.</summary>
    Monthly,

    /// <summary>On a day of each year.</summary>
    Yearly,
}
