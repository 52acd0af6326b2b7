using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway.Bandwidth;
using OpenData.Server.Gateway.Content;
using OpenData.Server.Gateway.FastLane;
using OpenData.Server.Gateway.Http;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway;

/// <summary>
/// Hands out files and entries of archives (GET and HEAD), a step a call: identify → find → decide → plan → admit → copy → journal. Each step can
/// refuse with its own problem; once the head is sent, what fails ends the connection, so that no client takes a part for the whole.
/// </summary>
public sealed partial class Downloads(
    CallerIdentity callers,
    ICurrentCatalog catalog,
    FileFinder finder,
    OpenContents contents,
    RunningDownloads running,
    DownloadJournal journal,
    ResumeRight resume,
    TimeProvider time,
    GatewayMetrics metrics,
    ILogger<Downloads> log)
{
    /// <summary><c>/files/CODE/EDITION/rN/NAME</c> and <c>/files/CODE/EDITION/rN/ARCHIVE.zip/ENTRY</c>.</summary>
    public Task HandleAsync(HttpContext http) => HandleAsync(http, AnswerAsync);

    /// <summary><c>/files/CODE/EDITION/rN/small-files.cpio</c> and <c>small-release.cpio</c>: see <see cref="SmallFiles"/>.</summary>
    public Task HandleSmallFilesAsync(HttpContext http, string name) => HandleAsync(http, of => AnswerSmallFilesAsync(of, name));

    private static async Task HandleAsync(HttpContext http, Func<HttpContext, Task<Problems?>> answer)
    {
        Problems? problem;
        try
        {
            problem = await answer(http);
            // The last grant was the pacer's, and so is this thread: what the connection does next may take its time.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        catch (Exception e) when (!http.Response.HasStarted && Problems.Of(e) is not null)
        {
            problem = Problems.Of(e);
        }
        if (problem is not null)
        {
            await problem.ExecuteAsync(http);
        }
    }

    private async Task<Problems?> AnswerAsync(HttpContext http)
    {
        long began = time.GetTimestamp();
        CancellationToken aborted = http.RequestAborted;

        // 1. Who asks.
        Identification who = RefusedBefore.TakeFor(http) ?? callers.Identify(http);
        if ((who.Caller ?? who.Expired?.Caller) is not { } caller)
        {
            await AccountProblem.Of(who).WriteAsync(http);
            return null;
        }

        // 2. What for.
        if (FileFinder.ReleaseOf(http.Request) is not { } release || http.Request.RouteValues["name"] is not string name || http.Request.Path.Value!.EndsWith('/'))
        {
            return Problems.OfStatus(StatusCodes.Status404NotFound);
        }
        (FoundFile? found, Problems? missing) = await finder.FindAsync(release, name, aborted);
        if (found is null)
        {
            return missing;
        }

        // 3. Whether they may have it.
        AccessDecision access = AccessDecision.Decide(found.Dataset, catalog.Current, caller);
        if (!access.IsAllowed)
        {
            await AccountProblem.Of(access, release.Dataset).WriteAsync(http);
            return null;
        }

        // 4. What of it: the whole, parts, or nothing because they have it.
        using OpenContents.Lease? lease = await contents.OpenAsync(found.Stored, aborted);
        if (lease is null)
        {
            LogMissing(found.File.Key.Path);
            return Problems.Unavailable("The file is not in the store. The operators were told; try again later.");
        }
        Content? content = http.Request.RouteValues["entry"] is string entry
            ? await EntryAsync(found, lease.Content, entry, aborted)
            : new Content(name, found.Facts, lease.Content.ReadAsync, lease.Content);
        if (content is null)
        {
            return Problems.NotFound($"The archive {name} has no entry of this name. Its entries are listed in the .entries.jsonl.gz beside it.");
        }
        if (who.Expired is { } expired && await resume.OfAsync(expired, release, content.Path, content.Facts.Bytes, aborted) is null)
        {
            await AccountProblem.Of(who).WriteAsync(http);
            return null;
        }
        FileResponse plan = FileResponse.Plan(RequestOf(http.Request), content.Facts);
        AccountPipe pipe = running.PipeOf(caller);
        Limits(http.Response, pipe);
        if (plan.Body.Count == 0)
        {
            Announce(http.Response, plan);
            return plan.Status switch
            {
                StatusCodes.Status412PreconditionFailed => Problems.PreconditionFailed(content.Facts),
                StatusCodes.Status416RangeNotSatisfiable => Problems.RangeNotSatisfiable(content.Facts),
                _ => null,
            };
        }

        // 5. Whether the account has a download left.
        if (await running.AdmitAsync(caller, pipe, release, content.Path, FirstRange(plan).Offset, aborted) is not { } download)
        {
            return Problems.TooManyStreams(pipe.Limits);
        }
        using (download)
        {
            if (PartDigest.IsWanted(http.Request.Headers["Want-Content-Digest"])
                && await PartDigest.OfAsync(plan, content.Facts, http.Request.RouteValues["entry"] is null ? found.Archive?.Manifest : null, content.Open, aborted) is { } digest)
            {
                plan = plan with { Fields = [.. plan.Fields, new(ContentDigest.ContentHeader, ContentDigest.Format(digest))] };
            }

            // 6. The bytes, at the account's pace.
            CopyResult result = await SendAsync(http, plan, content, download, began);

            // 7. The record of it.
            Record(download, plan, result, began);
            if (result.End is not CopyEnd.Complete)
            {
                http.Abort();
            }
        }
        return null;
    }

    /// <summary>The same steps, for several files in one body.</summary>
    private async Task<Problems?> AnswerSmallFilesAsync(HttpContext http, string name)
    {
        long began = time.GetTimestamp();
        CancellationToken aborted = http.RequestAborted;
        Identification who = RefusedBefore.TakeFor(http) ?? callers.Identify(http);
        if (who.Caller is not { } caller)
        {
            await AccountProblem.Of(who).WriteAsync(http);
            return null;
        }
        if (FileFinder.ReleaseOf(http.Request) is not { } release)
        {
            return Problems.OfStatus(StatusCodes.Status404NotFound);
        }
        (IReadOnlyList<ReleaseFile> files, Dataset? dataset, Problems? missing) = await finder.FindAllAsync(release, aborted);
        if (dataset is null)
        {
            return missing;
        }
        AccessDecision access = AccessDecision.Decide(dataset, catalog.Current, caller.Account);
        if (!access.IsAllowed)
        {
            await AccountProblem.Of(access, release.Dataset).WriteAsync(http);
            return null;
        }
        using SmallFilesAnswer answer = await SmallFilesAnswer.OfAsync(
            files, name == SmallFiles.WholeName, HttpMethods.IsHead(http.Request.Method), dataset.Access is AccessLevel.Open, finder.Archives, contents, aborted);
        FileResponse plan = answer.Plan;
        AccountPipe pipe = running.PipeOf(caller);
        Limits(http.Response, pipe);
        if (plan.Body.Count == 0)
        {
            Announce(http.Response, plan);
            return null;
        }
        if (await running.AdmitAsync(caller, pipe, release, name, 0, aborted) is not { } download)
        {
            return Problems.TooManyStreams(pipe.Limits);
        }
        using (download)
        {
            Announce(http.Response, plan);
            await http.Response.StartAsync(aborted);
            metrics.FirstByte.Record(time.GetElapsedTime(began).TotalSeconds);
            CopyResult result = await ResponseCopier.CopyAsync(plan.Body, (_, _) => throw new InvalidOperationException("It has no ranges."), download.Stream, http.Response.BodyWriter, aborted);
            Record(download, answer, result, began);
            if (result.End is not CopyEnd.Complete)
            {
                http.Abort();
            }
        }
        return null;
    }

    private async Task<Content?> EntryAsync(FoundFile archive, OpenContent open, string name, CancellationToken stop)
    {
        if (!archive.File.Archive || await finder.FindEntryAsync(archive, name, stop) is not { } entry)
        {
            return null;
        }
        EntryContent content = await EntryContent.OpenAsync(open, entry, stop);
        return new Content($"{archive.File.Name}/{name}", archive.FactsOf(entry, content.IsStored), content.ReadAsync);
    }

    private static FileRequest RequestOf(HttpRequest request) => new(
        HttpMethods.IsHead(request.Method),
        Field(request.Headers.Range),
        Field(request.Headers.IfRange),
        Field(request.Headers.IfMatch),
        Field(request.Headers.IfNoneMatch),
        Field(request.Headers.IfModifiedSince),
        Field(request.Headers.IfUnmodifiedSince));

    private static string? Field(Microsoft.Extensions.Primitives.StringValues values) => values.Count == 0 ? null : values.ToString();

    private static void Announce(HttpResponse response, FileResponse plan)
    {
        response.StatusCode = plan.Status;
        foreach ((string name, string value) in plan.Fields)
        {
            response.Headers[name] = value;
        }
    }

    private static void Limits(HttpResponse response, AccountPipe pipe)
    {
        response.Headers[RateLimitFields.PolicyName] = RateLimitFields.Policy(pipe.Limits);
        response.Headers[RateLimitFields.CurrentName] = RateLimitFields.Current(pipe.Snapshot());
    }

    private static ByteRange FirstRange(FileResponse plan) => plan.Body.First(segment => segment.Range.Length > 0).Range;

    private async Task<CopyResult> SendAsync(HttpContext http, FileResponse plan, Content content, RunningDownload download, long began)
    {
        // The pacer is slow on purpose, and ends those who take nothing: Kestrel's own idea of too slow is not wanted here.
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } minimum)
        {
            minimum.MinDataRate = null;
        }
        // The first bytes are read and judged before the head is sent: damage that is seen by then is told with a problem, not with a broken connection.
        await using AheadSource ahead = await AheadSource.OpenAsync(content.Open, FirstRange(plan), http.RequestAborted);
        Announce(http.Response, plan);
        await http.Response.StartAsync(http.RequestAborted);
        metrics.FirstByte.Record(time.GetElapsedTime(began).TotalSeconds);
        if (content.Stored is not { File: not null } stored || await SocketOutput.TakeAsync(http, download.Stream.Stopped) is not { } output)
        {
            return await ResponseCopier.CopyAsync(plan.Body, ahead.TakeOrOpenAsync, download.Stream, http.Response.BodyWriter, http.RequestAborted);
        }
        metrics.SendFile.Add(1);
        CopyResult result = await new FileSender(stored, output.Socket, http.RequestAborted).SendAsync(default, plan.Body, download.Stream);
        if (result.End is CopyEnd.Complete)
        {
            output.Count(http.Response.BodyWriter, result.Bytes);
        }
        return result;
    }

    /// <summary>Counts and writes down how a download ended, whichever lane it went by.</summary>
    internal void Record(RunningDownload download, FileResponse plan, CopyResult result, long began) =>
        Record(download, download.File, plan, plan.ContentLength ?? 0, plan.Whole, result, began);

    /// <summary>The same for several files in one body: each archive in it is a download of its own, as if it had been asked for by its address.</summary>
    internal void Record(RunningDownload download, SmallFilesAnswer answer, CopyResult result, long began)
    {
        long asked = answer.Plan.ContentLength ?? 0;
        long sent = result.Bytes;
        foreach ((ReleaseFile archive, long at) in answer.Archives)
        {
            long came = Math.Clamp(result.Bytes - at, 0, archive.Bytes);
            asked -= archive.Bytes;
            sent -= came;
            if (came > 0)
            {
                CopyResult part = came == archive.Bytes ? new CopyResult(CopyEnd.Complete, came) : result with { Bytes = came, Error = null };
                Record(download, archive.Name, answer.Plan, archive.Bytes, archive.Bytes, part, began);
            }
        }
        Record(download, download.File, answer.Plan, asked, null, result with { Bytes = sent }, began);
    }

    private void Record(RunningDownload download, string file, FileResponse plan, long asked, long? whole, CopyResult result, long began)
    {
        if (result.Error is { } error)
        {
            LogBrokenOff(error, download.Release, file, result.Bytes);
        }
        string outcome = result.End switch
        {
            CopyEnd.Complete => "complete",
            CopyEnd.ClientGone => "client-gone",
            CopyEnd.SourceFailed => "source-failed",
            _ => result.Reason.ToString().ToLowerInvariant(),
        };
        metrics.Downloads.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        metrics.Bytes.Add(result.Bytes);
        journal.Add(new DownloadRecord
        {
            Id = Guid.CreateVersion7(download.Since).ToString("N", CultureInfo.InvariantCulture),
            At = download.Since,
            Duration = (long)time.GetElapsedTime(began).TotalMicroseconds,
            AccountId = download.Caller.Account?.Id,
            KeyId = download.Caller.KeyId,
            Address = download.Caller.Address.ToString(),
            Release = download.Release,
            File = file,
            Status = plan.Status,
            Ranges = plan.Status == StatusCodes.Status206PartialContent ? Text(plan) : null,
            Asked = asked,
            Sent = result.Bytes,
            Whole = whole,
            Outcome = outcome,
        });
    }

    private static string Text(FileResponse plan) => string.Join(
        ',', plan.Body.Where(segment => segment.Range.Length > 0).Select(segment => string.Create(CultureInfo.InvariantCulture, $"{segment.Range.Offset}-{segment.Range.End - 1}")));

    [LoggerMessage(Level = LogLevel.Error, Message = "A download of {File} of {Release} was broken off after {Bytes} bytes")]
    private partial void LogBrokenOff(Exception e, ReleaseId release, string file, long bytes);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The published file {File} is not in the store")]
    private partial void LogMissing(string file);

    /// <param name="Path">The file, and behind a slash the entry.</param>
    /// <param name="Facts">What is told of it.</param>
    /// <param name="Open">Opens a range of it.</param>
    /// <param name="Stored">The stored file, where it is that and nothing else.</param>
    private sealed record Content(string Path, FileFacts Facts, Func<ByteRange, CancellationToken, Task<ContentSource>> Open, OpenContent? Stored = null);
}
