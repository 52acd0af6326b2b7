using System.Reflection;
using OpenData.Format;
using OpenData.Server;

namespace OpenData.Tests.Architecture;

/// <summary>
/// Who knows whom. A room is a folder of the server (some rooms have a room within them that knows less, or more); the table has each below all that it may use, so
/// data go one way and no two rooms know each other. Who needs another arrow writes it into the table, where it can be judged.
/// </summary>
public sealed class RoomsTests
{
    private const string House =
        """
        | room                     | may use
        | Streams                  |
        | Outbound                 |
        | Database                 |
        | S3                       | Streams
        | Catalog                  |
        | Catalog/Edits            | Catalog, Database
        | Audit                    | Database
        | Mail                     | Database
        | Statistics               | Database
        | Accounts                 | Catalog, Database
        | Feedback                 | Audit, Catalog, Database, Statistics
        | Sources                  | Catalog, Outbound, S3, Streams
        | Storage                  | S3, Streams
        | Packaging                | Catalog, Sources, Storage
        | Releases                 | Catalog, Database, Packaging, Storage
        | Scheduling               | Catalog, Database, Sources, Storage, Packaging, Releases
        | Gateway/Bandwidth        |
        | Gateway/Bandwidth/Shares | Database, Gateway/Bandwidth
        | Gateway/Http             |
        | Gateway                  | Accounts, Catalog, Database, Storage, Releases, Gateway/Bandwidth, Gateway/Http
        | Feeds                    | Accounts, Catalog, Database, Outbound, Storage, Releases, Gateway, Gateway/Http
        | Nodes                    | Database, Scheduling, Gateway/Bandwidth
        | Telemetry                | Database, Sources, Storage, Gateway
        | Samples                  | Catalog
        | Web                      | Accounts, Audit, Catalog, Catalog/Edits, Feedback, Feeds, Gateway, Gateway/Bandwidth, Gateway/Http, Mail, Nodes, Packaging, Releases, Samples, Scheduling, Statistics, Storage
        | composition              | all but the shell
        | Shell                    | composition, Accounts, Audit, Catalog, Catalog/Edits, Database, Packaging, Releases, Samples, Scheduling, Sources, Storage
        """;

    /// <summary>What stands in no folder: it puts the rooms together.</summary>
    private const string Composition = "composition";

    private const string Namespace = "OpenData.Server";

    private static readonly Assembly s_server = typeof(ServerApplication).Assembly;

    private static readonly (string Room, string[] MayUse)[] s_house =
    [
        .. House.Split('\n').Skip(1).Select(row => row.Split('|', StringSplitOptions.TrimEntries)).Select(row => (row[1], row[2].Split(", ", StringSplitOptions.RemoveEmptyEntries))),
    ];

    private static readonly IReadOnlyList<(string From, string To, Type User, Type Used)> s_arrows = [.. Arrows()];

    [Fact]
    public void A_room_uses_only_what_the_table_lets_it_use() =>
        s_arrows.Where(arrow => !MayUse(arrow.From, arrow.To))
            .Select(arrow => $"{arrow.From} may not use {arrow.To}: {NameOf(arrow.User)} uses {NameOf(arrow.Used)}").Distinct().ShouldBeEmpty();

    [Fact]
    public void A_room_stands_below_all_that_it_may_use()
    {
        HashSet<string> above = [];
        foreach ((string room, string[] mayUse) in s_house)
        {
            if (room != Composition)
            {
                mayUse.Where(used => !above.Contains(used)).ShouldBeEmpty(room);
            }
            above.Add(room).ShouldBeTrue(room);
        }
    }

    [Fact]
    public void Every_room_of_the_table_is_there_and_needs_all_that_it_may_use()
    {
        s_server.GetTypes().Select(RoomOf).OfType<string>().Distinct().Order().ShouldBe(s_house.Select(row => row.Room).Order());
        HashSet<(string, string)> arrows = [.. s_arrows.Select(arrow => (arrow.From, arrow.To))];
        s_house.Where(row => row.Room != Composition).SelectMany(row => row.MayUse, (row, used) => (row.Room, used)).Where(arrow => !arrows.Contains(arrow)).ShouldBeEmpty();
    }

    [Fact]
    public void The_mirror_knows_the_format_and_the_format_knows_nothing_of_ours()
    {
        Ours(typeof(OpenData.Mirror.Remote.Server).Assembly).ShouldBe([typeof(ReleaseId).Assembly.GetName().Name]);
        Ours(typeof(ReleaseId).Assembly).ShouldBeEmpty();

        static IEnumerable<string?> Ours(Assembly assembly) =>
            assembly.GetReferencedAssemblies().Select(name => name.Name).Where(name => name!.StartsWith("OpenData.", StringComparison.Ordinal));
    }

    private static bool MayUse(string room, string used) =>
        room == Composition ? used != "Shell" : s_house.Any(row => row.Room == room && row.MayUse.Contains(used, StringComparer.Ordinal));

    private static IEnumerable<(string From, string To, Type User, Type Used)> Arrows() =>
        from user in s_server.GetTypes()
        let room = RoomOf(user)
        where room is not null
        from used in CompiledReferences.Of(user)
        let other = RoomOf(used)
        where other is not null && other != room
        select (room, other, user, used);

    /// <summary>The room of a type of the server: the innermost folder of the table that it lies in. Null for types of others, and what compilers add.</summary>
    private static string? RoomOf(Type type)
    {
        if (type.Assembly != s_server || type.Namespace?.StartsWith(Namespace, StringComparison.Ordinal) != true)
        {
            return null;
        }
        string folder = type.Namespace[Namespace.Length..].TrimStart('.').Replace('.', '/');
        return folder.Length == 0
            ? Composition
            : s_house.Select(row => row.Room).Where(room => folder == room || folder.StartsWith(room + "/", StringComparison.Ordinal)).MaxBy(room => room.Length) ?? folder.Split('/')[0];
    }

    /// <summary>A type as people know it: not what the compiler makes of a lambda or of <c>async</c> within it.</summary>
    private static string NameOf(Type type) => type.DeclaringType is { } outer && type.Name.Contains('<', StringComparison.Ordinal) ? NameOf(outer) : type.FullName![(Namespace.Length + 1)..];
}
