using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OpenData.Server.Accounts;

/// <summary>
/// Whose bandwidth is used: an account, with all its keys, links, connections and nodes together, or a client without an account, known by
/// its IPv4 address or by its IPv6 /64 network — the least that one subscriber is given (RFC 6177), so that addresses within it buy nothing.
/// Equal keys share one budget.
/// </summary>
public readonly record struct AccountKey
{
    private readonly string? _account;
    private readonly ulong _network;
    private readonly Kind _kind;

    private AccountKey(Kind kind, string? account, ulong network)
    {
        _kind = kind;
        _account = account;
        _network = network;
    }

    private enum Kind : byte
    {
        None,
        Account,
        IPv4,
        IPv6,
    }

    /// <summary>The account, or null for a client without one.</summary>
    public string? AccountId => _account;

    /// <summary>The key of an account.</summary>
    public static AccountKey OfAccount(string accountId)
    {
        ArgumentException.ThrowIfNullOrEmpty(accountId);
        return new AccountKey(Kind.Account, accountId, 0);
    }

    /// <summary>The key of a client without an account. An IPv4 address written as IPv6 (RFC 4291, 2.5.5.2) is that IPv4 address.</summary>
    public static AccountKey OfAddress(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return new AccountKey(Kind.IPv4, null, BinaryPrimitives.ReadUInt32BigEndian(bytes));
        }
        return address.IsIPv4MappedToIPv6
            ? new AccountKey(Kind.IPv4, null, BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]))
            : new AccountKey(Kind.IPv6, null, BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    /// <summary>The account's id, <c>203.0.113.9</c>, or <c>2001:db8:0:7::/64</c>. Different keys have different texts.</summary>
    public override string ToString() => _kind switch
    {
        Kind.Account => _account!,
        Kind.IPv4 => string.Create(
            CultureInfo.InvariantCulture,
            $"{_network >> 24}.{(_network >> 16) & 255}.{(_network >> 8) & 255}.{_network & 255}"),
        Kind.IPv6 => $"{new IPAddress(NetworkBytes())}/64",
        _ => "nobody",
    };

    private byte[] NetworkBytes()
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _network);
        return bytes;
    }
}
