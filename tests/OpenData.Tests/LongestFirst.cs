using Xunit.Abstractions;
using OpenData.Tests.EndToEnd;
using OpenData.Tests.EndToEnd.Web;

[assembly: TestCollectionOrderer("OpenData.Tests.LongestFirst", "OpenData.Tests")]

namespace OpenData.Tests;

/// <summary>
/// The order of the classes: those that take longest begin, so that no processor is idle at the end while one of them is still at work; the others follow by name. The same
/// order in every run, too.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] s_long =
    [
        typeof(ClusterTests), typeof(KillTests), typeof(RegionalNodeTests), typeof(DemoTests), typeof(EveryPageTests), typeof(MirrorKillTests),
    ];

    private static readonly Dictionary<string, int> s_places = s_long.Select((type, place) => (type, place)).ToDictionary(one => one.type.FullName!, one => one.place);

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => s_places.GetValueOrDefault(ClassOf(collection), int.MaxValue)).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);

    // "Test collection for OpenData.Tests.EndToEnd.KillTests (id: …)": each class is a collection of its own.
    private static string ClassOf(ITestCollection collection) => collection.DisplayName.Split(' ').FirstOrDefault(word => word.StartsWith("OpenData.", StringComparison.Ordinal)) ?? "";
}
