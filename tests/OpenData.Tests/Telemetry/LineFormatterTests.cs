using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OpenData.Server.Database;
using OpenData.Server.Telemetry;
using OpenData.Tests.Support;

namespace OpenData.Tests.Telemetry;

public sealed class LineFormatterTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void A_database_that_is_away_is_told_in_one_sentence()
    {
        Exception error = Thrown(new DatabaseUnavailableException("postgresql://db/opendata", "the server cannot be reached (Connection refused)."));

        Line("Read", "The change feed cannot be read just now", error).ShouldBe(
            "2026-01-02T03:04:05Z warn: Read[7] The change feed cannot be read just now The database at postgresql://db/opendata cannot be used: the server cannot be reached (Connection refused).\n");
    }

    [Fact]
    public void Any_other_error_says_where_in_the_program_it_was_met_and_stays_one_line()
    {
        string line = Line("Read", "two\r\nlines", Thrown(new InvalidOperationException("odd")));

        line.ShouldStartWith("2026-01-02T03:04:05Z warn: Read[7] two lines System.InvalidOperationException: odd");
        line.ShouldContain(nameof(Thrown));
        line.Trim().ShouldNotContain('\n');
    }

    private static Exception Thrown(Exception error)
    {
        try
        {
            throw error;
        }
        catch (Exception thrown)
        {
            return thrown;
        }
    }

    private string Line(string category, string message, Exception error)
    {
        using StringWriter text = new() { NewLine = "\n" };
        new LineFormatter(_time).Write(new LogEntry<string>(LogLevel.Warning, category, new EventId(7), message, error, (state, _) => state), null, text);
        return text.ToString();
    }
}
