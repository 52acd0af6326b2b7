using System.Net;
using OpenData.Server.Accounts;

namespace OpenData.Server.Web.Members;

/// <summary>How many accounts may be registered from one network: five at once, then one every ten minutes.</summary>
internal sealed class RegistrationLimit(TimeProvider time)
{
    private readonly FailureLimit<AccountKey> _limit = new(5, TimeSpan.FromMinutes(10), 10_000, time);

    /// <summary>Counts a registration; true where there were too many.</summary>
    public bool IsReached(IPAddress address) => _limit.Fail(AccountKey.OfAddress(address)) > TimeSpan.Zero;
}
