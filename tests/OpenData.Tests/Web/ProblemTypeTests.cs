using System.Reflection;
using System.Text.RegularExpressions;
using OpenData.Format;
using OpenData.Server.Web.Reading;
using OpenData.Tests.Deploy;

namespace OpenData.Tests.Web;

/// <summary>Each type of problem that the server can answer with has its page, and each page's type is one that the server answers with.</summary>
public sealed class ProblemTypeTests
{
    private static readonly string s_sources = Path.GetFullPath(Path.Combine(DeployFolder.Path, "../src"));

    [Fact]
    public void Every_type_has_a_page_in_both_languages()
    {
        ProblemType.All.Count.ShouldBeGreaterThan(30);
        foreach (ProblemType type in ProblemType.All)
        {
            type.Name.ShouldMatch("^[a-z]+(-[a-z]+)*$");
            foreach (string name in (string[])[$"Problem.{type.Name}.Title", $"Problem.{type.Name}.Text"])
            {
                SiteText.Of(SiteLanguage.En).ShouldContainKey(name);
                SiteText.Of(SiteLanguage.Zh).ShouldContainKey(name);
                Reader.Of(SiteLanguage.Zh)[name].Any(c => c is >= '\u4E00' and <= '\u9FFF').ShouldBeTrue(name);
            }
            type.Of("x", type.Status is null ? 418 : null).ShouldBe(new Problem(type.Address, type.Title, type.Status ?? 418, "x"));
            ProblemType.Find(type.Name).ShouldBe(type);
        }
        // And none is left of a type that is gone.
        SiteText.Of(SiteLanguage.En).Keys.Where(name => name.StartsWith("Problem.", StringComparison.Ordinal)).Select(name => name.Split('.')[1]).Distinct()
            .Except(ProblemType.All.Select(type => type.Name)).ShouldBeEmpty();
        ProblemType.Find("nothing").ShouldBeNull();
    }

    [Fact]
    public void Every_type_is_answered_with_and_no_problem_has_a_type_beside_the_table()
    {
        string[] types = [.. typeof(ProblemType).GetProperties(BindingFlags.Public | BindingFlags.Static).Where(property => property.PropertyType == typeof(ProblemType)).Select(property => property.Name)];
        types.Length.ShouldBe(ProblemType.All.Count);
        (string Name, string Text)[] sources =
        [
            .. new[] { "OpenData.Server", "OpenData.Format" }.SelectMany(project => Directory.EnumerateFiles(Path.Combine(s_sources, project), "*.cs", SearchOption.AllDirectories))
                .Where(file => Path.GetFileName(file) != "ProblemType.cs" && !file.Contains("/obj/", StringComparison.Ordinal))
                .Select(file => (file, File.ReadAllText(file))),
        ];
        types.Except(sources.SelectMany(source => Regex.Matches(source.Text, @"ProblemType\.(?<type>\w+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)).Select(match => match.Groups["type"].Value)))
            .ShouldBeEmpty("no answer has this type");
        sources.Where(source => source.Text.Contains("new Problem(", StringComparison.Ordinal)).Select(source => source.Name).ShouldBeEmpty("a problem is made out of a type");
    }
}
