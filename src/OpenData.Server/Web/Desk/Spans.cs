using OpenData.Server.Web.Reading;

namespace OpenData.Server.Web.Desk;

/// <summary>Lengths of time in words, as exact as somebody who waits wants to know.</summary>
internal static class Spans
{
    /// <summary><c>0.4 s</c>, <c>40 s</c>, <c>12 min</c>, <c>3 h 20 min</c>, <c>2 d 4 h</c>.</summary>
    public static string Text(Reader reader, TimeSpan span) => span switch
    {
        { TotalSeconds: < 10 } => reader.Text("Span.Seconds", span.TotalSeconds.ToString("0.0", reader.Culture)),
        { TotalSeconds: < 60 } => reader.Text("Span.Seconds", (int)Math.Ceiling(span.TotalSeconds)),
        { TotalHours: < 1 } => reader.Text("Span.Minutes", (int)span.TotalMinutes),
        { TotalDays: < 1 } => reader.Text("Span.Hours", span.Hours, span.Minutes),
        _ => reader.Text("Span.Days", (int)span.TotalDays, span.Hours),
    };
}
