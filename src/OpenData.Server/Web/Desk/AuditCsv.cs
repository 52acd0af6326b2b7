using System.Globalization;
using System.Text;
using OpenData.Server.Audit;

namespace OpenData.Server.Web.Desk;

/// <summary>The trail as CSV (RFC 4180), the newest line first.</summary>
internal static class AuditCsv
{
    private const int Page = 1000;

    /// <summary>Answers with everything that the filter finds, written as it is read.</summary>
    public static async Task WriteAsync(HttpContext http, AuditFilter filter, AuditReading reading, CancellationToken stop)
    {
        http.Response.ContentType = "text/csv; charset=utf-8; header=present";
        http.Response.Headers.ContentDisposition = "attachment; filename=audit.csv";
        http.Response.Headers.CacheControl = "no-store";
        await using StreamWriter writer = new(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true); // spreadsheets ask for the mark
        await writer.WriteAsync("at,who,what,subject,before,after,reason,address\r\n");
        string? after = null;
        do
        {
            (IReadOnlyList<AuditEntry> lines, after) = await reading.PageAsync(filter, after, Page, stop);
            foreach (AuditEntry line in lines)
            {
                await writer.WriteAsync(Csv.Line(
                    line.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), line.Actor, line.Action, line.Subject, line.Before, line.After, line.Reason, line.Address));
            }
            await writer.FlushAsync(stop);
        }
        while (after is not null);
    }
}
