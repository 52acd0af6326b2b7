using OpenData.Server.Catalog;
using Quartz;

namespace OpenData.Server.Scheduling;

/// <summary>What the catalog's cron expressions mean, in Quartz's reading of them.</summary>
public static class Schedules
{
    /// <summary>What is wrong with a cron expression, or null if nothing is.</summary>
    public static string? CronFault(string cron)
    {
        try
        {
            return new CronExpression(cron).GetNextValidTimeAfter(DateTimeOffset.UnixEpoch) is null ? "it never fires" : null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    /// <summary>When a dataset is looked at next after a moment, in UTC; null if never again.</summary>
    public static DateTimeOffset? NextAfter(DatasetSchedule schedule, DateTimeOffset moment) =>
        new CronExpression(schedule.Cron, schedule.TimeZone).GetNextValidTimeAfter(moment);
}
