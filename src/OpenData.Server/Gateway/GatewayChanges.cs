using OpenData.Format;
using OpenData.Server.Accounts;
using OpenData.Server.Releases;

namespace OpenData.Server.Gateway;

/// <summary>Carries what changes elsewhere to the downloads that run: accounts and withdrawals.</summary>
internal sealed class GatewayChanges(CurrentAccounts accounts, ChangeWatch changes, RunningDownloads running) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        accounts.Changed += OnAccounts;
        changes.Changed += OnChanges;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        accounts.Changed -= OnAccounts;
        changes.Changed -= OnChanges;
        return Task.CompletedTask;
    }

    private void OnAccounts(AccountsSnapshot snapshot) => running.OnAccountsChanged();

    private void OnChanges(IReadOnlyList<Change> page)
    {
        foreach (Change change in page)
        {
            if (change is { Type: ChangeType.Withdrawn, Edition: { } edition, Revision: { } revision })
            {
                running.OnWithdrawn(new ReleaseId(change.Dataset, edition, revision));
            }
        }
    }
}
