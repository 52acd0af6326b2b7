using System.Net;
using OpenData.Server.Accounts;

namespace OpenData.Server.Web.Members;

/// <summary>How often somebody may ask for a mail about a forgotten password: five times at once from a network and three for an account, then one every ten minutes.</summary>
internal sealed class ForgottenLimit(TimeProvider time)
{
    private readonly FailureLimit<AccountKey> _byAddress = new(5, TimeSpan.FromMinutes(10), 10_000, time);
    private readonly FailureLimit<string> _byName = new(3, TimeSpan.FromMinutes(10), 10_000, time);

    /// <summary>Counts a request; true where there were too many.</summary>
    public bool IsReached(IPAddress address, string nameOrEmail) =>
        _byAddress.Fail(AccountKey.OfAddress(address)) > TimeSpan.Zero || _byName.Fail(nameOrEmail.ToLowerInvariant()) > TimeSpan.Zero;
}
