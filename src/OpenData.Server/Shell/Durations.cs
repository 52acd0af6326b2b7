using System.CommandLine.Parsing;
using System.Xml;

namespace OpenData.Server.Shell;

/// <summary>Durations on the command line, in ISO 8601.</summary>
internal static class Durations
{
    /// <summary>Reads one; where it cannot be, the argument gets an error that says what is expected.</summary>
    /// <param name="argument">The argument.</param>
    /// <param name="least">The shortest that may be.</param>
    public static TimeSpan? Parse(ArgumentResult argument, TimeSpan least)
    {
        string text = argument.Tokens.Count > 0 ? argument.Tokens[0].Value : "";
        try
        {
            TimeSpan duration = XmlConvert.ToTimeSpan(text);
            if (duration >= least && duration <= TimeSpan.FromDays(36500))
            {
                return duration;
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            // told below, like a duration that cannot be
        }
        argument.AddError($"'{text}' is not a duration; expected one such as P90D, P1Y or PT12H.");
        return null;
    }
}
