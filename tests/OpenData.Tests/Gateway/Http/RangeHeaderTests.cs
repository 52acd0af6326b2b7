using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using OpenData.Server.Gateway.Http;

namespace OpenData.Tests.Gateway.Http;

public class RangeHeaderTests
{
    // The examples of RFC 9110, 14.1.2, for a file of 10,000 bytes, and the corners around them.
    [Theory]
    [InlineData("bytes=0-499", "0+500")]
    [InlineData("bytes=500-999", "500+500")]
    [InlineData("bytes=-500", "9500+500")]
    [InlineData("bytes=9500-", "9500+500")]
    [InlineData("bytes=0-0,-1", "0+1 9999+1")]
    [InlineData("bytes= 0-999, 4500-5499, -1000", "0+1000 4500+1000 9000+1000")]
    [InlineData("bytes=500-600,601-999", "500+500")]
    [InlineData("bytes=500-700,601-999", "500+500")]
    [InlineData("bytes=0-", "0+10000")]
    [InlineData("bytes=-99999", "0+10000")]
    [InlineData("bytes=9999-99999999999999999999999999", "9999+1")]
    [InlineData("BYTES=1-2", "1+2")]
    [InlineData("bytes=0-0,,\t5-5 ,", "0+1 5+1")]
    [InlineData("bytes=10000-,0-0", "0+1")]
    [InlineData("bytes=5-5,0-0", "5+1 0+1")]
    [InlineData("bytes=0-1,10-11,2-9", "0+12")]
    [InlineData("bytes=20-29,0-9,10-19", "20+10 0+10", "0+30")]
    [InlineData("bytes=0-0,2-2,4-4,6-6,8-8", "0+1 2+1 4+1 6+1 8+1")]
    [InlineData("bytes=0-0,2-2,4-4,6-6,8-8,1-7", "0+9")]
    public void Ranges_within_the_file_are_served_in_the_order_asked_for(string field, string expected, string? joined = null)
    {
        RangeHeader.Parse(field, 10_000, out IReadOnlyList<ByteRange> ranges).ShouldBe(RangeKind.Parts);
        string.Join(' ', ranges.Select(range => $"{range.Offset}+{range.Length}")).ShouldBe(joined ?? expected);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("bytes")]
    [InlineData("bytes=")]
    [InlineData("bytes=,")]
    [InlineData("bytes=-")]
    [InlineData("bytes=--1")]
    [InlineData("bytes=5")]
    [InlineData("bytes=5-4")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=0x0-0x9")]
    [InlineData("bytes=1 - 2")]
    [InlineData("bytes=+1-2")]
    [InlineData("bytes=1-2-3")]
    [InlineData("bytes=0-1;2-3")]
    [InlineData("bytes=0-1,x")]
    [InlineData("bytes=0-1,bytes=2-3")]
    [InlineData("bytes =0-1")]
    [InlineData(" bytes=0-1")]
    [InlineData("bytes=٠-١")]
    [InlineData("items=0-5")]
    [InlineData("bytes=0-0,2-2,4-4,6-6,8-8,10-10")]
    public void An_unknown_unit_a_malformed_field_and_too_many_ranges_are_ignored(string? field)
    {
        RangeHeader.Parse(field, 10_000, out IReadOnlyList<ByteRange> ranges).ShouldBe(RangeKind.Whole);
        ranges.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("bytes=10000-")]
    [InlineData("bytes=10000-10001,20000-")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=99999999999999999999-")]
    public void Ranges_beyond_the_file_cannot_be_satisfied(string field) =>
        RangeHeader.Parse(field, 10_000, out _).ShouldBe(RangeKind.Unsatisfiable);

    [Fact]
    public void Of_an_empty_file_the_last_bytes_are_the_whole_and_nothing_else_is_satisfiable()
    {
        RangeHeader.Parse("bytes=-5", 0, out _).ShouldBe(RangeKind.Whole);
        RangeHeader.Parse("bytes=0-", 0, out _).ShouldBe(RangeKind.Unsatisfiable);
        RangeHeader.Parse("bytes=-0", 0, out _).ShouldBe(RangeKind.Unsatisfiable);
    }

    [Fact]
    public void A_list_of_a_thousand_ranges_is_ignored_even_where_they_would_join() =>
        RangeHeader.Parse("bytes=" + string.Join(',', Enumerable.Range(0, 1300).Select(i => $"{i}-{i}")), 10_000, out _).ShouldBe(RangeKind.Whole);

    [Fact]
    public void Parts_hold_exactly_the_bytes_asked_for_each_once()
    {
        Gen<(int, int)[]> specs = (from a in Gen.Choose(0, 140) from b in Gen.Choose(0, 140) select (a, b)).ArrayOf().Resize(6);
        Prop.ForAll(specs.ToArbitrary(), Gen.Choose(1, 120).ToArbitrary(), (asked, size) =>
        {
            IEnumerable<string> texts = asked.Select(spec => spec.Item2 % 7 == 0
                ? "-" + spec.Item1.ToString(CultureInfo.InvariantCulture)
                : $"{Math.Min(spec.Item1, spec.Item2)}-{Math.Max(spec.Item1, spec.Item2)}");
            SortedSet<long> expected = [];
            foreach ((int a, int b) in asked)
            {
                (int first, int last) = b % 7 == 0 ? (Math.Max(0, size - a), size - 1) : (Math.Min(a, b), Math.Max(a, b));
                for (int i = first; i <= last && i < size; i++)
                {
                    expected.Add(i);
                }
            }
            RangeKind kind = RangeHeader.Parse("bytes=" + string.Join(",", texts), size, out IReadOnlyList<ByteRange> ranges);
            return kind switch
            {
                RangeKind.Whole => asked.Length == 0 || expected.Count(i => !expected.Contains(i - 1)) > RangeHeader.MaxRanges,
                RangeKind.Unsatisfiable => expected.Count == 0,
                _ => ranges.Count is > 0 and <= RangeHeader.MaxRanges
                    && ranges.Sum(range => range.Length) == expected.Count
                    && ranges.All(range => range.Length > 0 && expected.Contains(range.Offset) && expected.Contains(range.End - 1))
                    && !ranges.Any(a => ranges.Any(b => a != b && a.Joins(b))),
            };
        }).QuickCheckThrowOnFailure();
    }
}
