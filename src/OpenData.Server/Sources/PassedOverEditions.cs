using System.Collections.Concurrent;

namespace OpenData.Server.Sources;

/// <summary>Tells of editions that are passed over, each once and not at every look.</summary>
internal sealed partial class PassedOverEditions(ILogger<Source> logger)
{
    private const int Most = 10_000; // of what a careless supplier may make; then silence

    private readonly ConcurrentDictionary<string, byte> told = new(StringComparer.Ordinal);

    public void Tell(string place, string edition, string why)
    {
        if (told.Count < Most && told.TryAdd($"{place}\0{edition}\0{why}", 0))
        {
            LogPassedOver(logger, edition, place, why);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The edition '{Edition}' at {Place} is passed over: {Why}")]
    private static partial void LogPassedOver(ILogger logger, string edition, string place, string why);
}
