using OpenData.Format;

namespace OpenData.Server.Gateway.Bandwidth;

/// <summary>
/// What an account may send: three limits that hold together, and no clock and no threads.
/// <list type="bullet">
/// <item>The sustained budget has the account's rate and survives late ticks.</item>
/// <item>The peak budget is a little faster and stores a chunk and what a late tick may owe, so that what more is made up for is spread out.</item>
/// <item>The memory of the last second's grants keeps the promise of any one second.</item>
/// </list>
/// </summary>
public struct AccountBudget
{
    private readonly BandwidthOptions _options;
    private RateBudget _sustained;
    private RateBudget _peak;
    private RecentGrants _recent;
    private ByteRate _rate;
    private long _pauseCredit;

    /// <summary>A budget of rate 0; <see cref="Limit"/> gives it a rate.</summary>
    /// <param name="options">How much may be made up for, and in what steps.</param>
    /// <param name="frequency">Ticks of the clock in a second, up to 10⁹.</param>
    /// <param name="now">The clock now.</param>
    public AccountBudget(BandwidthOptions options, long frequency, long now)
    {
        _options = options;
        _sustained = new RateBudget(frequency, now);
        _peak = new RateBudget(frequency, now);
        _recent = new RecentGrants(frequency);
    }

    /// <summary>Another rate from now on. What was earned is time, not bytes: at a lower rate it is fewer.</summary>
    public void Limit(long now, ByteRate rate)
    {
        long smallest = _options.MinChunk + BytesIn(rate, BandwidthOptions.Slack);
        // Where a smallest chunk is more than the tolerance there must be room for one all the same.
        long tolerance = (long)(rate.BytesPerSecond * BandwidthOptions.OneSecondTolerance);
        long room = _options.MinChunk > tolerance ? smallest : tolerance;
        _pauseCredit = Math.Max(BytesIn(rate, BandwidthOptions.PauseCredit), smallest);
        if (rate.CompareTo(_rate) < 0)
        {
            Advance(now);
            _sustained.Forget((long)((double)_sustained.Available * rate.BytesPerSecond / _rate.BytesPerSecond));
        }
        _rate = rate;
        _sustained.Limit(now, rate, Math.Max(_pauseCredit, BytesIn(rate, _options.MaxBurst)));
        ByteRate peak = new((long)(rate.BytesPerSecond * (1 + BandwidthOptions.CatchUp)));
        _peak.Limit(now, peak, Math.Max(BytesIn(rate, _options.ChunkTime + BandwidthOptions.UsualLateness), smallest));
        _recent.Limit(rate, rate.BytesPerSecond + room);
    }

    /// <summary>An account that is new has what one that was away has: see <see cref="EndPause"/>.</summary>
    public void Begin()
    {
        if (_rate.BytesPerSecond > 0)
        {
            _sustained.Return(_pauseCredit);
            _peak.Return(_pauseCredit);
        }
    }

    /// <summary>The account comes back: what it earned while it was away is forgotten, but for what may come at once.</summary>
    public void EndPause(long now)
    {
        Advance(now);
        _sustained.Forget(_pauseCredit);
    }

    /// <summary>Ticks from now until so many bytes may be sent; 0 if they may, <see cref="long.MaxValue"/> if they never will.</summary>
    public long TicksUntil(int bytes, long now)
    {
        Advance(now);
        return Math.Max(Math.Max(_sustained.TicksUntil(bytes), _peak.TicksUntil(bytes)), _recent.TicksUntil(bytes, now));
    }

    /// <summary>Takes bytes that may be sent.</summary>
    public void Take(int bytes, long now)
    {
        _sustained.Take(bytes);
        _peak.Take(bytes);
        _recent.Add(bytes, now);
    }

    /// <summary>Gives back bytes that were taken and not sent.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="takenAt">When they were taken.</param>
    /// <param name="now">The clock now.</param>
    public void Return(int bytes, long takenAt, long now)
    {
        _sustained.Return(bytes);
        _peak.Return(bytes);
        _recent.Return(bytes, takenAt, now);
    }

    private void Advance(long now)
    {
        _sustained.Advance(now);
        _peak.Advance(now);
    }

    private static long BytesIn(ByteRate rate, TimeSpan time) => (long)(rate.BytesPerSecond * time.TotalSeconds);
}
