using System.CommandLine;
using System.Globalization;

namespace OpenData.Mirror.Commands;

/// <summary>Days on the command line: <c>2024-01-02</c>.</summary>
internal static class DayOption
{
    public static Option<DateOnly?> Make(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DATE",
        CustomParser = result =>
        {
            if (DateOnly.TryParseExact(result.Tokens[0].Value, ["yyyy-MM-dd", "yyyyMMdd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
            {
                return day;
            }
            result.AddError($"{name}: '{result.Tokens[0].Value}' is not a day such as 2024-01-02.");
            return null;
        },
    };
}
