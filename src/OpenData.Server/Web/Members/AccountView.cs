using OpenData.Server.Accounts;
using OpenData.Server.Catalog;
using OpenData.Server.Gateway;

namespace OpenData.Server.Web.Members;

/// <summary>Everything that an account's own page shows.</summary>
public sealed record AccountView
{
    /// <summary>Days of usage that are shown.</summary>
    public const int Days = 30;

    /// <summary>The account.</summary>
    public required Account Account { get; init; }

    /// <summary>Its tier.</summary>
    public required Tier Tier { get; init; }

    /// <summary>All terms.</summary>
    public required IReadOnlyList<Terms> Terms { get; init; }

    /// <summary>While it waits: what it told, or null.</summary>
    public required Profile? Profile { get; init; }

    /// <summary>While it waits: why it was not let in, or null.</summary>
    public required Refused? Refusal { get; init; }

    /// <summary>Names of the fields that have to be mended before it can apply again.</summary>
    public IReadOnlyCollection<string> Faults { get; init; } = [];

    /// <summary>What it added as proofs, the oldest first.</summary>
    public required IReadOnlyList<Proof> Proofs { get; init; }

    /// <summary>Its keys, the newest first.</summary>
    public required IReadOnlyList<StoredKey> Keys { get; init; }

    /// <summary>What it downloads now; null while it waits to be confirmed.</summary>
    public required RunningView? Running { get; init; }

    /// <summary>Bytes of each of the last days, the oldest first.</summary>
    public required IReadOnlyList<DayUsage> Usage { get; init; }

    /// <summary>The same by dataset.</summary>
    public required IReadOnlyList<DatasetUsage> Datasets { get; init; }

    /// <summary>The time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether what asks for a fresh password has to ask for it.</summary>
    public required bool AsksPassword { get; init; }

    /// <summary>Whether it has a password: who came by the unified login has none.</summary>
    public required bool HasPassword { get; init; }

    /// <summary>Whether the unified login leads to it.</summary>
    public required bool IsLinked { get; init; }

    /// <summary>What was just done, or why not: the name of a text, or null.</summary>
    public string? Notice { get; init; }
}

/// <summary>What an account downloads at a moment, on the node that answers.</summary>
/// <param name="Allowed">Bytes a second that it may take.</param>
/// <param name="Achieved">Bytes a second that it took in the last seconds.</param>
/// <param name="Streams">Downloads at a time.</param>
/// <param name="Downloads">Those that run.</param>
public sealed record RunningView(long Allowed, long Achieved, int Streams, IReadOnlyList<RunningLine> Downloads);

/// <param name="File">What is downloaded.</param>
/// <param name="Since">Since when.</param>
/// <param name="Sent">Bytes so far.</param>
/// <param name="Allowed">Its share, bytes a second.</param>
/// <param name="Achieved">Bytes a second in the last seconds.</param>
public sealed record RunningLine(string File, DateTimeOffset Since, long Sent, long Allowed, long Achieved);
