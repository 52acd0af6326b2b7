using System.Data.Common;
using System.Globalization;
using OpenData.Format;
using OpenData.Server.Database;
using OpenData.Server.Outbound;
using OpenData.Server.Releases;

namespace OpenData.Server.Feeds.Webhooks;

/// <summary>
/// Posts changes to webhooks, to each in order and one at a time: the next one goes out only when the one before was accepted (2xx within
/// <see cref="AnswerTime"/>). What fails is tried again by <see cref="WebhookBackoff"/>. A change may arrive twice where a sender died between the
/// delivery and writing it down; its <c>webhook-id</c> is the same then.
/// </summary>
public sealed partial class WebhookSender : BackgroundService
{
    /// <summary>How long a receiver may take.</summary>
    public static TimeSpan AnswerTime { get; } = TimeSpan.FromSeconds(10);

    private const int AtATime = 64;
    private const int PageSize = 100;
    private const int MostInARow = 1000; // then another webhook's turn
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly WebhookStore _store;
    private readonly ChangeFeed _feed;
    private readonly ChangeWatch _watch;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookSender> _log;
    private readonly HttpMessageInvoker _http;

    /// <summary>One for the process.</summary>
    public WebhookSender(
        WebhookStore store, ChangeFeed feed, ChangeWatch watch, Microsoft.Extensions.Options.IOptions<FeedsOptions> options, TimeProvider time, ILogger<WebhookSender> log)
    {
        (_store, _feed, _watch, _time, _log) = (store, feed, watch, time, log);
        _http = new HttpMessageInvoker(GuardedHttp.Handler(options.Value.WebhookGuard));
    }

    /// <summary>Sends all that is due now, and returns when it was delivered or failed.</summary>
    public async Task SendDueAsync(long head, CancellationToken stop)
    {
        List<Task> sending = [];
        await StartDueAsync(head, sending, stop);
        await Task.WhenAll(sending);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long seen = -1;
        List<Task> sending = [];
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                // A new change is told at once; what failed before falls due by itself. Who is slow holds nobody else up.
                await _watch.WaitAsync(seen, s_interval, stoppingToken);
                seen = _watch.Head;
                try
                {
                    await StartDueAsync(seen, sending, stoppingToken);
                }
                catch (Exception e) when (IsAway(e))
                {
                    LogAway(e);
                }
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await Task.WhenAll(sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StartDueAsync(long head, List<Task> sending, CancellationToken stop)
    {
        sending.RemoveAll(task => task.IsCompleted);
        foreach (string id in await _store.DueAsync(head, AtATime - sending.Count, stop))
        {
            sending.Add(TakeAndSendAsync(id, stop));
        }
    }

    private async Task TakeAndSendAsync(string id, CancellationToken stop)
    {
        try
        {
            if (await _store.TakeAsync(id, stop) is { } hook)
            {
                await SendAsync(hook, stop);
            }
        }
        catch (Exception e) when (IsAway(e))
        {
            LogAway(e); // the lease runs out, and the change is sent once more
        }
    }

    private static bool IsAway(Exception e) => e is DbException or DatabaseUnavailableException or TimeoutException;

    private async Task SendAsync(Webhook hook, CancellationToken stop)
    {
        long serial = hook.Serial;
        for (int sent = 0; sent < MostInARow;)
        {
            IReadOnlyList<Change> changes = _watch.Tail.After(serial, PageSize) ?? await _feed.AfterAsync(serial, PageSize, stop);
            if (changes.Count == 0)
            {
                break;
            }
            foreach (Change change in changes)
            {
                if (hook.Wants(change.Dataset))
                {
                    if (await PostAsync(hook, change, stop) is { } failure)
                    {
                        await FailAsync(hook with { Serial = serial }, change, failure, stop);
                        return;
                    }
                    sent++;
                    if (!await _store.AdvanceAsync(hook, change.Serial, delivered: true, release: false, stop))
                    {
                        return; // removed, or another node has it
                    }
                    hook = hook with { FailingSince = null, Failures = 0 };
                }
                serial = change.Serial;
            }
        }
        await _store.AdvanceAsync(hook, serial, delivered: false, release: true, stop);
    }

    /// <returns>Why it failed; null where it was accepted.</returns>
    private async Task<Failure?> PostAsync(Webhook hook, Change change, CancellationToken stop)
    {
        using CancellationTokenSource patience = new(AnswerTime, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            using HttpRequestMessage request = WebhookMessage.Request(hook, change, _time.GetUtcNow());
            using HttpResponseMessage response = await _http.SendAsync(request, either.Token);
            return (int)response.StatusCode switch
            {
                >= 200 and < 300 => null,
                >= 300 and < 400 => new Failure($"It answered {(int)response.StatusCode}; redirects are not followed. Set the address that it leads to."),
                410 => new Failure("It answered 410 Gone: it wants no more.", IsFinal: true),
                var status => new Failure(string.Create(CultureInfo.InvariantCulture, $"It answered {status}; expected is 200 to 299.")),
            };
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return new Failure(string.Create(CultureInfo.InvariantCulture, $"It did not answer within {AnswerTime.TotalSeconds:0} s."));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new Failure((e.InnerException as AddressRefusedException ?? e).Message);
        }
    }

    private async Task FailAsync(Webhook hook, Change change, Failure failure, CancellationToken stop)
    {
        // What went before it stays done: only this change is tried again.
        if (await _store.FailAsync(hook, failure.Reason, failure.IsFinal, Random.Shared.NextDouble(), stop))
        {
            LogDisabled(hook.Id, hook.AccountId, change.Serial, failure.Reason);
        }
    }

    private sealed record Failure(string Reason, bool IsFinal = false);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook {Id} of account {Account} is disabled; change {Serial} was not delivered: {Reason}")]
    private partial void LogDisabled(string id, string account, long serial, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhooks cannot be read or written just now; they are tried again")]
    private partial void LogAway(Exception e);
}
