using System.Diagnostics.CodeAnalysis;

namespace OpenData.Server.Accounts;

/// <summary>All accounts and keys as of one version of the database. Never changes; a change is a new snapshot, swapped in whole.</summary>
public sealed class AccountsSnapshot
{
    // Plain dictionaries, filled before anybody sees them and copied to change: they can be asked with a span, so that a request allocates no id.
    private readonly Dictionary<string, AccountEntry> _accounts;
    private readonly Dictionary<string, KeyEntry> _keys;
    private readonly Dictionary<string, AccountEntry>.AlternateLookup<ReadOnlySpan<char>> _accountsBySpan;
    private readonly Dictionary<string, KeyEntry>.AlternateLookup<ReadOnlySpan<char>> _keysBySpan;

    private AccountsSnapshot(long version, Dictionary<string, AccountEntry> accounts, Dictionary<string, KeyEntry> keys)
    {
        Version = version;
        _accounts = accounts;
        _keys = keys;
        _accountsBySpan = accounts.GetAlternateLookup<ReadOnlySpan<char>>();
        _keysBySpan = keys.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The version of the database that it has at least.</summary>
    public long Version { get; }

    internal static AccountsSnapshot Empty { get; } = new(0, new(StringComparer.Ordinal), new(StringComparer.Ordinal));

    internal IEnumerable<AccountEntry> Accounts => _accounts.Values;

    internal IEnumerable<KeyEntry> Keys => _keys.Values;

    /// <summary>The account of this id.</summary>
    public bool TryGetAccount(string id, [NotNullWhen(true)] out Account? account)
    {
        account = _accounts.GetValueOrDefault(id)?.Account;
        return account is not null;
    }

    internal AccountEntry? FindAccount(ReadOnlySpan<char> id) => _accountsBySpan.TryGetValue(id, out AccountEntry? entry) ? entry : null;

    internal KeyEntry? FindKey(ReadOnlySpan<char> id) => _keysBySpan.TryGetValue(id, out KeyEntry? entry) ? entry : null;

    /// <summary>This snapshot with some accounts as they are now, each with all its keys.</summary>
    internal AccountsSnapshot With(long version, IReadOnlyCollection<AccountEntry> changed, ILookup<string, StoredKey> theirKeys)
    {
        Dictionary<string, AccountEntry> accounts = new(_accounts, _accounts.Comparer);
        Dictionary<string, KeyEntry> keys = new(_keys, _keys.Comparer);
        foreach (AccountEntry entry in changed)
        {
            accounts[entry.Account.Id] = entry;
            foreach (StoredKey key in theirKeys[entry.Account.Id])
            {
                keys[key.Id] = new KeyEntry(key, _keys.GetValueOrDefault(key.Id)?.Use ?? new KeyUse());
            }
        }
        return new AccountsSnapshot(version, accounts, keys);
    }
}

/// <summary>An account with what must not be shown.</summary>
internal sealed class AccountEntry(Account account, byte[] linkSecret)
{
    public Account Account { get; } = account;

    public byte[] LinkSecret { get; } = linkSecret;
}

/// <summary>A key and its use in this process.</summary>
internal sealed class KeyEntry(StoredKey key, KeyUse use)
{
    public StoredKey Key { get; } = key;

    /// <summary>Read once, not for each request.</summary>
    public KeyScope Limits { get; } = key.Limits;

    public KeyUse Use { get; } = use;
}
