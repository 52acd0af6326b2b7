using System.Diagnostics.CodeAnalysis;

namespace OpenData.Server.Accounts;

/// <summary>What came of a change: its value, or why it was refused. A refused change changed nothing.</summary>
public readonly record struct AccountResult<T>
    where T : class
{
    private AccountResult(T? value, AccountFault? fault)
    {
        Value = value;
        Fault = fault;
    }

    /// <summary>What is true now; null where refused.</summary>
    public T? Value { get; }

    /// <summary>Why it was refused, or null.</summary>
    public AccountFault? Fault { get; }

    /// <summary>True where it was done.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Fault))]
    public bool Done => Value is not null;

    /// <summary>Done.</summary>
    public static implicit operator AccountResult<T>(T value) => new(value, null);

    /// <summary>Refused.</summary>
    public static implicit operator AccountResult<T>(AccountFault fault) => new(null, fault);
}

/// <summary>Why a change was refused.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Text">What is wrong and what would be right, for people.</param>
public sealed record AccountFault(AccountFaultKind Kind, string Text);

/// <summary>Kinds of faults.</summary>
public enum AccountFaultKind
{
    /// <summary>There is no such account, key, terms or dataset.</summary>
    NotFound,

    /// <summary>The name is taken.</summary>
    Taken,

    /// <summary>The value cannot be.</summary>
    Invalid,
}
