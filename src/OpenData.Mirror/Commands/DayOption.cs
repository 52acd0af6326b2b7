using System.CommandLine;
using System.Globalization;

namespace OpenData.Mirror.Commands;

/// <summary>Days on the command line: <c>2024-01-02</c>.</summary>
internal static class DayOption
{
    public static Option<DateOnly?> Make(string name, UserLanguage language, Words description) => new(name)
    {
        Description = language.Say(description),
        HelpName = "DATE",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (DateOnly.TryParseExact(text, ["yyyy-MM-dd", "yyyyMMdd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
            {
                return day;
            }
            result.AddError(language.Say($"{name}: '{text}' is not a day such as 2024-01-02.", $"{name}：“{text}”不是日期，请写成 2024-01-02 这样的形式。"));
            return null;
        },
    };
}
