using System.Diagnostics;

namespace OpenData.Tests.Support;

/// <summary>Waits for a condition instead of for a time.</summary>
public static class Eventually
{
    /// <summary>Asks again and again until it is true; fails after the deadline, naming what never came.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? deadline = null)
    {
        TimeSpan patience = deadline ?? TimeSpan.FromSeconds(60);
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(start) > patience)
            {
                throw new TimeoutException($"Waited {patience.TotalSeconds:0} s in vain until {what}.");
            }
            await Task.Delay(20);
        }
    }
}
