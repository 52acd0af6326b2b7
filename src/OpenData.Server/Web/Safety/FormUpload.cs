using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace OpenData.Server.Web.Safety;

/// <summary>What came of reading a form with a file.</summary>
public enum UploadOutcome
{
    /// <summary>The file is there.</summary>
    Read,

    /// <summary>It is no form of ours to whoever is signed in now, is broken, or came too slowly.</summary>
    NotOurs,

    /// <summary>The form is ours; no file was chosen, or an empty one.</summary>
    Missing,

    /// <summary>The file is longer than it may be. The rest of it was not taken.</summary>
    TooLarge,
}

/// <param name="Outcome">What came of it.</param>
/// <param name="Name">What the sender calls the file.</param>
/// <param name="Content">Its bytes; empty unless read.</param>
public sealed record FormUpload(UploadOutcome Outcome, string? Name, byte[] Content)
{
    /// <summary>What stands around the file: the token and the lines between the parts.</summary>
    private const int Around = 64 * 1024;

    private const int LongestToken = 256;

    /// <summary>So much of a file that is too long is read and dropped, for a browser reads no answer before it has sent all; what is longer still is answered at once.</summary>
    private const long Dropped = 64_000_000;

    /// <summary>For so long at most.</summary>
    private static readonly TimeSpan s_dropping = TimeSpan.FromMinutes(1);

    /// <summary>A file of 10 MB takes a slow line of 0.3 Mb/s four and a half minutes.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Reads a form (<c>multipart/form-data</c>, RFC 7578) that has the token (<see cref="FormTokens"/>) as its first part and one file as its second. The token is judged
    /// before a byte of the file is taken, and never more than <paramref name="longest"/> bytes are. Nothing is written to a disk.
    /// </summary>
    /// <param name="http">The request; its endpoint reads no form otherwise.</param>
    /// <param name="field">The file's field.</param>
    /// <param name="longest">Bytes of the longest file.</param>
    public static async Task<FormUpload> ReadAsync(HttpContext http, string field, int longest)
    {
        HttpRequest request = http.Request;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= 70 } boundary)
        {
            return Of(UploadOutcome.NotOurs);
        }
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = longest + Dropped;
        }
        using CancellationTokenSource patience = new(s_patience, http.RequestServices.GetRequiredService<TimeProvider>());
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, http.RequestAborted);
        try
        {
            return await ReadAsync(http, new MultipartReader(boundary.Value!, request.Body) { HeadersCountLimit = 8, HeadersLengthLimit = 4096 }, field, longest, stop.Token);
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Of(UploadOutcome.TooLarge);
        }
        catch (Exception e) when (e is InvalidDataException or IOException || (e is OperationCanceledException && !http.RequestAborted.IsCancellationRequested))
        {
            return Of(UploadOutcome.NotOurs);
        }
    }

    /// <summary>Reads away what is still being sent of a file that is too large, within bounds, and has the connection closed after the answer where that was not all.</summary>
    public static async Task DropRestAsync(HttpContext http)
    {
        using CancellationTokenSource patience = new(s_dropping, http.RequestServices.GetRequiredService<TimeProvider>());
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, http.RequestAborted);
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (await http.Request.Body.ReadAsync(buffer, stop.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !http.RequestAborted.IsCancellationRequested))
        {
            http.Response.Headers.Connection = "close";
        }
    }

    private static async Task<FormUpload> ReadAsync(HttpContext http, MultipartReader form, string field, int longest, CancellationToken stop)
    {
        if (await form.ReadNextSectionAsync(stop) is not { } first
            || NameOf(first, out _) != FormTokens.Field
            || await ReadAsync(first.Body, LongestToken, stop) is not { } token
            || !http.IsOwnToken(token))
        {
            return Of(UploadOutcome.NotOurs);
        }
        if (http.Request.ContentLength > longest + Around)
        {
            return Of(UploadOutcome.TooLarge);
        }
        if (await form.ReadNextSectionAsync(stop) is not { } second || NameOf(second, out string? name) != field)
        {
            return Of(UploadOutcome.Missing);
        }
        return await ReadAsync(second.Body, longest, stop) switch
        {
            null => Of(UploadOutcome.TooLarge),
            { Length: 0 } => Of(UploadOutcome.Missing),
            { } content => new FormUpload(UploadOutcome.Read, name, content),
        };
    }

    /// <summary>A part as a whole; null where it is longer than it may be.</summary>
    private static async Task<byte[]?> ReadAsync(Stream part, int longest, CancellationToken stop)
    {
        using MemoryStream content = new();
        byte[] buffer = new byte[Math.Min(longest + 1, 64 * 1024)];
        int read;
        while ((read = await part.ReadAsync(buffer, stop)) > 0)
        {
            if (content.Length + read > longest)
            {
                return null;
            }
            await content.WriteAsync(buffer.AsMemory(0, read), stop);
        }
        return content.ToArray();
    }

    private static string? NameOf(MultipartSection part, out string? file)
    {
        file = null;
        if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out ContentDispositionHeaderValue? disposition))
        {
            return null;
        }
        file = HeaderUtilities.RemoveQuotes(disposition.FileName).Value;
        return HeaderUtilities.RemoveQuotes(disposition.Name).Value;
    }

    private static FormUpload Of(UploadOutcome outcome) => new(outcome, null, []);
}
