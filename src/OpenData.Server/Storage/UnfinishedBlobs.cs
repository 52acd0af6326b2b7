namespace OpenData.Server.Storage;

/// <summary>Clears what writers of killed processes left in the store, at start and once a day.</summary>
internal sealed partial class UnfinishedBlobs(BlobStore store, TimeProvider time, ILogger<UnfinishedBlobs> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Period, time);
        do
        {
            try
            {
                if (await store.ClearUnfinishedAsync(Period, stoppingToken) is > 0 and int cleared)
                {
                    LogCleared(logger, cleared, store.Place);
                }
            }
            catch (IOException error)
            {
                LogNotCleared(logger, store.Place, error); // costs space only; tomorrow again
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Cleared {Count} blobs that killed processes left unfinished at {Place}")]
    private static partial void LogCleared(ILogger logger, int count, string place);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What killed processes left unfinished at {Place} could not be cleared")]
    private static partial void LogNotCleared(ILogger logger, string place, Exception error);
}
