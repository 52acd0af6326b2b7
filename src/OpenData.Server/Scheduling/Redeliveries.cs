using OpenData.Server.Database;
using OpenData.Server.Releases;
using OpenData.Server.Sources;

namespace OpenData.Server.Scheduling;

/// <summary>Notices a delivery that came again, by its marker and its listing: no file is read. Whether its bytes are others shows when it is packaged.</summary>
public sealed class Redeliveries(EditionStates editions, TimeProvider time)
{
    /// <summary>Files that are younger than the marker must have been left alone for so long: before, somebody may still be writing them.</summary>
    public static TimeSpan Quiet { get; } = TimeSpan.FromMinutes(10);

    /// <summary>True where an edition that was settled should be packaged again.</summary>
    /// <param name="dataset">The dataset's code.</param>
    /// <param name="source">Where its deliveries arrive.</param>
    /// <param name="known">The edition as it was taken up last.</param>
    /// <param name="listWhole">False to look at the marker only: a file that was replaced under an old marker is not noticed then.</param>
    /// <param name="stop">Cancels.</param>
    public async Task<bool> CameAgainAsync(string dataset, Source source, SettledEdition known, bool listWhole, CancellationToken stop)
    {
        await using Delivery? delivery = await source.OpenAsync(known.Edition, stop);
        if (delivery is null)
        {
            return false;
        }
        bool sameMarker = known.ReadyAt == SqlTime.Truncate(delivery.ReadyAt);
        if (sameMarker && !listWhole)
        {
            return false;
        }
        try
        {
            (string listed, DateTimeOffset? newest) = await DeliveryFingerprint.OfAsync(delivery, stop);
            if (known.Delivery is null && sameMarker)
            {
                await editions.RememberDeliveryAsync(dataset, known.Edition, listed, stop); // it was taken up before listings were remembered
                return false;
            }
            return listed != known.Delivery && (newest is null || newest <= delivery.ReadyAt || newest <= time.GetUtcNow() - Quiet);
        }
        catch (DeliveryChangedException)
        {
            return false; // it changes at this very moment: the next firing sees it whole
        }
    }
}
