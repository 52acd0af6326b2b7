using FsCheck;
using FsCheck.Fluent;
using OpenData.Server.Catalog.Edits;

namespace OpenData.Tests.Catalog;

public sealed class LineDifferenceTests
{
    [Fact]
    public void A_changed_line_is_shown_with_three_lines_around_it()
    {
        string before = string.Concat(Enumerable.Range(1, 20).Select(i => $"{i}\n"));

        IReadOnlyList<ComparedLine> lines = LineDifference.Of(before, before.Replace("10\n", "ten\n", StringComparison.Ordinal));

        string.Join(' ', lines.Select(line => line.Fate switch { LineFate.Kept => line.Text, LineFate.Removed => "-" + line.Text, LineFate.Added => "+" + line.Text, _ => "…" }))
            .ShouldBe("… 7 8 9 -10 +ten 11 12 13 …");
        lines.Single(line => line.Fate is LineFate.Removed).Before.ShouldBe(10);
    }

    [Fact]
    public void The_same_text_has_no_difference_and_a_new_one_only_lines_that_come()
    {
        LineDifference.Of("a\nb\n", "a\nb\n").ShouldBeEmpty();
        LineDifference.Of(null, "a\nb\n").ShouldAllBe(line => line.Fate == LineFate.Added);
        LineDifference.Of("a\n", null).ShouldHaveSingleItem().Fate.ShouldBe(LineFate.Removed);
    }

    [Fact]
    public void What_stays_and_what_goes_is_the_old_text_and_what_stays_and_what_comes_the_new_one() =>
        Prop.ForAll<byte[], byte[]>(IsWhole).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static bool IsWhole(byte[] before, byte[] after)
    {
        // Few different lines, so that many are common; short texts, so that nothing is left out.
        string[] old = [.. before.Take(12).Select(b => $"{b % 4}")], now = [.. after.Take(12).Select(b => $"{b % 4}")];
        IReadOnlyList<ComparedLine> lines = LineDifference.Of(string.Join('\n', old), string.Join('\n', now));
        return lines.Any(line => line.Fate is LineFate.Skipped)
            || (lines.Count == 0 ? old.SequenceEqual(now)
                : lines.Where(line => line.Before > 0).Select(line => line.Text).SequenceEqual(old) && lines.Where(line => line.After > 0).Select(line => line.Text).SequenceEqual(now));
    }

    [Fact]
    public void Very_long_texts_are_compared_in_time()
    {
        string before = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i}\n"));
        LineDifference.Of(before, string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i + 1}x\n"))).Count.ShouldBe(200_000);
    }
}
